/** Encode → a call in each step of the network, and the state behind it. See assembly/signal/encode.ts. */
import { problem, TwentyWattError } from "../../errors.ts";
import type { SignalOf } from "../../model/signal-graph.ts";
import type { Call, Draft, Ref, SpikingArg } from "./draft.ts";

export type Encoding = {
  readonly encode: SignalOf<"Encode">;
  /** features, all rows */
  readonly n: number;
  /** spikes of a channel in one step */
  readonly most: number;
  readonly dtSeconds: number;
  /** i8[n] */
  readonly rows: SpikingArg;
  /** of the front end */
  readonly name: string;
};

/**
 * @param waiting hops before the first row
 * @param init    takes the calls that init() makes, and that no hop repeats
 */
export function encodingOf(
  draft: Draft,
  encoding: Encoding,
  waiting: number,
  init: Call[],
): { readonly step: (counts: Ref) => Call; readonly clearedFrom: number } {
  const { encode, n, most, rows, name } = encoding;
  const call = (entry: string, args: readonly SpikingArg[]): Call => ({
    ...{ file: "signal/encode", entry, args, comment: `Encode ${name}` },
  });
  const hops = draft.named("state", "hops", 4, { dtype: "i32", scale: 1, shape: [1] });
  init.push(call("beginHops", [hops, waiting]));
  draft.hop.push(call("nextHop", [hops]));
  if (encode.code === "rate") {
    const { least, gain, offset } = rateOf(encoding);
    const clearedFrom = draft.stateBytes;
    const due = draft.named("state", "due", 4 * n, { dtype: "i32", scale: 2 ** -22, shape: [n] });
    const args = [rows, n, least, gain, offset, most, hops, due];
    return { clearedFrom, step: (counts) => call("rateSpikes", [...args, counts]) };
  }
  const levels = draft.named("state", "levels", 4 * n, {
    ...{ dtype: "i32", scale: encode.scale / 65536, shape: [n] },
  });
  draft.hop.push(call("firstLevels", [rows, n, hops, levels]));
  const apart = Math.floor((encode.threshold / encode.scale) * 65536 + 0.5);
  const args = [rows, n, apart, encode.code === "crossing" ? 1 : 0, most, hops, levels];
  return {
    clearedFrom: draft.stateBytes,
    step: (counts) => call("changeSpikes", [...args, counts]),
  };
}

/**
 * Spikes of a step in Q31.32. What is a whole number of 2^−22 must come out as that: both factors are off by half a unit,
 * the feature is at most 128, and cutting ten bits off forgives 65 units below and 66 above.
 */
function rateOf({ encode, dtSeconds, name }: Encoding): {
  readonly least: number;
  readonly gain: number;
  readonly offset: number;
} {
  const { scale, threshold, gain } = encode;
  const each = gain * scale * dtSeconds;
  if (each > 256) {
    const got = `${each} spikes in a step of the network for one step of int8`;
    const where = `front end ${name}: Encode gain`;
    throw new TwentyWattError([problem("MODEL_RANGE", where, got, "at most 256")]);
  }
  const q32 = (x: number): number => Math.floor(x * 2 ** 32 + 0.5);
  let least = -128;
  while (least < 128 && least * scale <= threshold) least += 1;
  return { least, gain: q32(each), offset: q32(-gain * threshold * dtSeconds) + 958 };
}
