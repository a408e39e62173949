/** Lines of csv that come when they come, as inputs of a loop: what standard input brings. */
import type { Inputs } from "../files/input.ts";
import type { Batch, StepInputs } from "../files/steps.ts";
import { Failure, Place } from "./live-place.ts";
import type { LiveCounts, LiveInferences, LiveOptions, LiveSteps } from "./live-source.ts";
import { untilAborted } from "./until-aborted.ts";

const NONE: LiveCounts = {
  ...{ samples: 0, lost: 0, droppedWindows: 0, unusedSamples: 0, movedEvents: 0 },
  saturatedValues: 0,
};

/** Lines of csv that come when they come: each is an inference, as in a file. */
export function lineInferences(
  inputs: Inputs,
  { clock, limit, signal }: LiveOptions,
): LiveInferences {
  const startNs = clock.nowNs();
  const place = new Place();
  const failed = new Failure();
  let made = 0;
  async function* batches(): AsyncGenerator<Uint8Array> {
    for await (const batch of inputs.batches()) {
      made += 1;
      place.start(startNs);
      place.at(clock.nowNs(), true);
      yield batch;
      if (made >= limit) return;
    }
  }
  return {
    inputs: { count: null, batches: () => failed.caught(untilAborted(batches(), signal)) },
    seconds: place.seconds,
    heard: place.heard,
    counts: () => ({ ...NONE, samples: made }),
    gaps: () => 0,
    failure: failed.lost,
    rest: async () => {},
  };
}

/** Lines of csv that come when they come: each is a step, as in a file. */
export function lineSteps(inputs: StepInputs, { limit, signal }: LiveOptions): LiveSteps {
  const place = new Place();
  const failed = new Failure();
  let dt = 0;
  let made = 0;
  async function* batches(): AsyncGenerator<Batch> {
    for await (const { bytes, steps: all, stride } of inputs.batches()) {
      for (let k = 0; k < all; k++) {
        made += 1;
        place.at(0n, true);
        yield { bytes: bytes.subarray(k * stride, (k + 1) * stride), steps: 1, stride };
        if (made >= limit) return;
      }
    }
  }
  return {
    inputs: { count: null, batches: () => failed.caught(untilAborted(batches(), signal)) },
    begin(dtSeconds) {
      dt = dtSeconds;
    },
    seconds: (index) => (index + 1) * dt,
    heard: place.heard,
    counts: () => ({ ...NONE, samples: made }),
    gaps: () => 0,
    failure: failed.lost,
    rest: async () => {},
  };
}
