/** Streams samples to a device model while the line fails, and checks that each is counted once. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { payloadOf } from "../../host/runtime/requests.ts";
import { addend, addingModule, sumOf } from "./adding-module.ts";
import { type DeviceLink, deviceLink, install } from "./device-link.ts";
import { LATE } from "./faulty-line.ts";

export type StreamPlan = {
  readonly hours: number;
  readonly samplesPerSecond: number;
  /** at least so many, spread at random */
  readonly disconnects: number;
  readonly damage: number;
  readonly late: number;
};

export type Streamed = {
  readonly samples: number;
  readonly stepsDone: number;
  readonly disconnects: number;
  readonly resends: number;
  /** the first sample whose sum was another one than expected, or null */
  readonly wrong: number | null;
  /** heap after a collection, at each tenth of the time */
  readonly heapBytes: readonly number[];
};

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

export async function stream(plan: StreamPlan): Promise<Streamed> {
  const samples = plan.hours * 3600 * plan.samplesPerSecond;
  const setup = deviceLink(
    {
      ...{ disconnect: (0.7 * plan.disconnects) / samples, damage: plan.damage },
      ...{ awayMs: [0, 20_000], delayMs: LATE.delayMs, late: plan.late },
    },
    {},
    { lostMs: Number.POSITIVE_INFINITY },
    17,
  );
  install(setup.device, await addingModule());
  return setup.time.run(sampleAfterSample(setup, samples, 1000 / plan.samplesPerSecond));
}

async function sampleAfterSample(
  { time, device, line, link }: DeviceLink,
  samples: number,
  everyMs: number,
): Promise<Streamed> {
  const heapBytes: number[] = [];
  let sum = 0;
  let wrong: number | null = null;
  await link.request("INIT");
  for (let k = 0; k < samples && wrong === null; k++) {
    const value = (k * 7919) % 1013;
    sum += value;
    const head = payloadOf([
      [1, 0],
      [2, 1],
    ]);
    const answer = await link.request("STEP", Uint8Array.from([...head, ...addend(value)]));
    if (sumOf(answer.subarray(6)) !== sum) wrong = k;
    // what comes in between two samples: nothing, and then the next one
    time.pass(everyMs);
    if (k % Math.floor(samples / 10) === 0) {
      collectGarbage();
      heapBytes.push(process.memoryUsage().heapUsed);
    }
  }
  return {
    samples,
    stepsDone: device.done.get("STEP") ?? 0,
    disconnects: line.disconnects,
    resends: link.counts().resends,
    wrong,
    heapBytes,
  };
}
