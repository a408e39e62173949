/** Several instances of one module, each in a thread of its own: inferences side by side. */
import { checkModule } from "../module/check.ts";
import { requireExact } from "../module/relaxed.ts";
import { type Inferred, Thread } from "./guarded.ts";
import type { StepLimit } from "./limit.ts";
import { sha256 } from "./local.ts";
import type { Counters } from "./target.ts";

export type Crew = {
  readonly size: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** Whole inputs back to back, through one of the instances; one call at a time for each. */
  infer(instance: number, inputs: Uint8Array): Promise<Inferred>;
  /** of all instances together */
  counters(): Promise<Counters>;
  close(): Promise<void>;
};

/** @param limit of a call, however many inferences it is for */
export async function openCrew(module: Uint8Array, size: number, limit: StepLimit): Promise<Crew> {
  const { manifest, globals } = checkModule(module, sha256);
  requireExact(manifest, "module");
  const threads = Array.from({ length: size }, () => new Thread(module, limit));
  const close = async () => void (await Promise.all(threads.map((thread) => thread.end())));
  try {
    await Promise.all(threads.map(({ started }) => started));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    size,
    inputBytes: globals.inLen,
    outputBytes: globals.outLen,
    async infer(instance, inputs) {
      const thread = threads[instance];
      if (thread === undefined) throw new RangeError(`instance ${instance} of ${size}`);
      return (await thread.ask("infer", inputs)) as Inferred;
    },
    async counters() {
      const each = (await Promise.all(threads.map((t) => t.ask("counters")))) as Counters[];
      return each.reduce(sumOf);
    },
    close,
  };
}

const sumOf = (a: Counters, b: Counters): Counters => ({
  steps: a.steps + b.steps,
  spikes: a.spikes + b.spikes,
  synapticEvents: a.synapticEvents + b.synapticEvents,
  saturations: a.saturations + b.saturations,
});
