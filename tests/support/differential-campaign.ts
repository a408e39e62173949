/** Many typed modules, in batches: what the core, V8 and the host's validator say of each. */

import { boardFootprint, isRefusal } from "../../host/boards/refusal.ts";
import { at } from "../../host/model/at.ts";
import { mulberry32, subseed } from "../../host/model/random.ts";
import { type Answer, answers, differentialProgram, inV8, type Variant } from "./differential.ts";
import { PAGE, type TypedModule, typedModule } from "./typed/module.ts";

export type Counts = {
  readonly modules: number;
  /** steps that ran, and those of them that trapped */
  steps: number;
  traps: number;
  /** refused by the board, by its own words */
  readonly refused: Map<string, number>;
  /** damaged copies that went through validator and compiler, and those that were let through */
  damaged: number;
  loaded: number;
  /** what must not be, each with its seed */
  readonly findings: string[];
};

const BATCH = 500;
/** A copy of every third module is damaged. */
const DAMAGE_EVERY = 3;

export async function campaign(variant: Variant, from: number, count: number): Promise<Counts> {
  const program = await differentialProgram(variant);
  const counts: Counts = {
    ...{ modules: count, steps: 0, traps: 0, refused: new Map(), damaged: 0, loaded: 0 },
    findings: [],
  };
  for (let first = from; first < from + count; first += BATCH) {
    const seeds = Array.from(
      { length: Math.min(BATCH, from + count - first) },
      (_, k) => first + k,
    );
    const modules = seeds.map(typedModule);
    const wasms = modules.map(({ wasm }) => wasm);
    (await answers(program, wasms)).forEach((answer, k) => {
      const found = judged(at(modules, k), answer, variant, counts);
      if (found) counts.findings.push(`seed ${at(seeds, k)}: ${found}`);
    });
    if (variant.arena === "board") continue;
    const damaged = seeds
      .filter((seed) => seed % DAMAGE_EVERY === 0)
      .map((seed) => damage(at(wasms, seed - first), seed));
    const loads = await answers(program, damaged, "load");
    counts.damaged += loads.length;
    counts.loaded += loads.filter(({ error }) => error === 0).length;
  }
  return counts;
}

const MODEL = -1;
const TRAP = -3;
const RESULT = -13;

/** What is wrong with an answer, or null. */
function judged(
  module: TypedModule,
  answer: Answer,
  variant: Variant,
  counts: Counts,
): string | null {
  const { wasm, wide } = module;
  if (!WebAssembly.validate(wasm as BufferSource)) return "the generator wrote it wrong";
  const expected = inV8(wasm);
  const { error, why } = answer;
  const host = wide ? null : boardFootprint(wasm, { memoryBytes: PAGE, native: false });
  const hostRefuses = host !== null && isRefusal(host);
  if (error === MODEL) {
    counts.refused.set(why, (counts.refused.get(why) ?? 0) + 1);
    // checkModule() names a segment outside of memory, which is no matter of valid code
    if (why === OUTSIDE) return expected.refused === "data" ? null : "V8 finds its data inside";
    if (!(wide ? WIDE_CAUSES : CAUSES).has(why)) return `refused, cause unknown: ${why}`;
    if (why === BEYOND && !module.overlong)
      return "refused, and every number is as short as it can be";
    return wide || hostRefuses ? null : `the board refuses (${why}), the host does not`;
  }
  if (hostRefuses) return `the host refuses (${host.got}), the board answers ${error}`;
  if (expected.refused === "init") {
    return error === TRAP || error === RESULT
      ? null
      : `init fails in V8, the board answers ${error}`;
  }
  if (error !== 0 || expected.refused !== "no") return `${error} ${why}, V8: ${expected.refused}`;
  if (variant.arena === "board" && variant.bits === 32 && host !== null && !hostRefuses) {
    const { arenaBytes } = host;
    if (arenaBytes !== answer.peak) return `an arena of ${answer.peak}, inspect says ${arenaBytes}`;
  }
  counts.steps += answer.steps.length;
  counts.traps += answer.steps.filter(({ trap }) => trap !== "-").length;
  const [got, right] = [JSON.stringify(answer.steps), JSON.stringify(expected.steps)];
  return got === right ? null : `${got}, V8: ${right}`;
}

const OUTSIDE = "data segment out of bounds";
/** The second byte of an instruction is WASM3's only one: a longer number is none. */
const BEYOND = "an instruction outside of the ABI";

/** Why a board may refuse valid code: all that the host's validator knows. */
const CAUSES: ReadonlySet<string> = new Set([
  "code that is never reached",
  "too many locals and operands",
  "an i64 local twice on the stack while it changes",
  "too many locals",
  "too many blocks within blocks",
  "calls in a circle, or calls and loops too deep",
  "too many loops in a row, in a function or on the way to it",
]);
const WIDE_CAUSES: ReadonlySet<string> = new Set([...CAUSES, BEYOND]);

/** Cut short, or some bytes changed, or both. */
function damage(wasm: Uint8Array, seed: number): Uint8Array {
  const random = mulberry32(subseed(37, seed));
  const below = (n: number): number => Math.floor(random() * n);
  const copy = wasm.slice(0, below(4) === 0 ? 8 + below(wasm.length - 8) : wasm.length);
  for (let k = 1 + below(3); k > 0; k--) {
    copy[8 + below(copy.length - 8)] = [0x00, 0x7f, 0x80, 0xff, below(256)][below(5)] ?? 0;
  }
  return copy;
}

/** One line for a report. */
export const summary = ({ modules, steps, traps, refused, damaged, loaded }: Counts): string => {
  const causes = [...refused].map(([why, n]) => `${n} ${why}`).join(", ");
  return `${modules} modules, ${steps} steps, ${traps} traps; refused: ${causes}; ${damaged} damaged, ${loaded} of them loaded`;
};
