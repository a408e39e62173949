/**
 * From the samples of a sensor to the rows that a module takes: so many new samples of every channel as its manifest says,
 * in the input's integers. What a window overlaps is the module's own business.
 */
import { fail, type Problem, problem, TwentyWattError } from "../errors.ts";
import { at } from "../model/at.ts";
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";
import { sensorKeys } from "../sensors/open.ts";
import type { Block, Description } from "../sensors/sensor.ts";
import { plural } from "../text.ts";
import { secondsToNanoseconds, unitOf } from "../units.ts";

/** One step's input. */
export type Hop = {
  readonly bytes: Uint8Array;
  /** of its last sample, nanoseconds of the sensor's clock */
  readonly timeNs: bigint;
  /** samples are missing before it: what the module remembers is of another moment */
  readonly afterGap: boolean;
};

export type Hops = {
  /** The hops that this block completes; what is left waits for the next one. Raises INPUT_FORMAT for NaN and infinity. */
  add(block: Block): readonly Hop[];
  /** of the sensor, so far: taken + dropped + waiting is what came */
  counts(): HopCounts;
};

export type HopCounts = {
  /** samples in hops that were handed on */
  readonly taken: number;
  /** samples of hops that a gap cut short */
  readonly dropped: number;
  /** samples of the hop that is being filled */
  readonly waiting: number;
  /** samples that the sensor lost */
  readonly lost: number;
  /** values outside the range of the input's integers, held at its end */
  readonly saturated: number;
};

const REMEDY = {
  rate: "Set the sensor to this rate or a whole multiple of it, or build the front end for the sensor's; nothing is resampled.",
  unit: "Take a sensor in this unit, or build the front end for the sensor's; nothing is converted.",
  channels: "Choose as many channels of the sensor, or build the front end for them.",
  events: "Take a sensor that samples.",
  number: "Look at the sensor; a value that is no number cannot be scaled.",
} as const;

const RANGE = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32768, 32767],
  i32: [-(2 ** 31), 2 ** 31 - 1],
} as const;

/**
 * @param uri of the sensor, for messages
 * @param input of the module; without a rate its rows are as long as its tensor, and any rate will do
 * @throws INPUT_FORMAT with both numbers for a rate that is no whole multiple, for other units, for other channels: all at
 *   once
 */
export function openHops(uri: string, sensor: Description, input: ManifestTensor): Hops {
  const channels = input.channels ?? sensor.channels.length;
  const factor = judge(uri, sensor, input, channels);
  const values = elements(input.shape);
  const hop = values / channels;
  const bytesEach = ELEMENT_BYTES[input.dtype];
  const [least, most] = RANGE[input.dtype];
  const write = writer(input.dtype);

  let bytes = new Uint8Array(values * bytesEach);
  let view = new DataView(bytes.buffer);
  /** samples of the hop so far, and of the mean that becomes its next one */
  let [inHop, inMean] = [0, 0];
  const sums = new Float64Array(channels);
  let afterGap = false;
  const counts = { taken: 0, dropped: 0, lost: 0, saturated: 0 };
  const waiting = () => inHop * factor + inMean;

  const restart = (): void => {
    counts.dropped += waiting();
    [inHop, inMean] = [0, 0];
    sums.fill(0);
    afterGap = true;
  };
  const put = (k: number, real: number): void => {
    const quotient = real / input.scale;
    // nearest, ties away from zero
    const whole = (quotient < 0 ? -Math.round(-quotient) : Math.round(quotient)) + input.zeroPoint;
    const held = Math.max(least, Math.min(most, whole));
    if (held !== whole) counts.saturated += 1;
    write(view, k * bytesEach, held);
  };

  return {
    add(block) {
      if (block.channels !== channels) wrongChannels(uri, block.channels, channels);
      const done: Hop[] = [];
      if (block.lostBefore > 0) {
        counts.lost += block.lostBefore;
        restart();
      }
      const samples = block.values.length / channels;
      for (let n = 0; n < samples; n++) {
        for (let c = 0; c < channels; c++) {
          const value = block.values[n * channels + c] as number;
          if (!Number.isFinite(value)) {
            fail("INPUT_FORMAT", `${uri}: channel ${c}`, `${value}`, "a number", REMEDY.number);
          }
          sums[c] = (sums[c] as number) + value;
        }
        inMean += 1;
        if (inMean < factor) continue;
        for (let c = 0; c < channels; c++) put(inHop * channels + c, at(sums, c) / factor);
        sums.fill(0);
        inMean = 0;
        inHop += 1;
        if (inHop < hop) continue;
        done.push({ bytes, timeNs: block.timeNs + sinceFirst(sensor, n), afterGap });
        bytes = new Uint8Array(bytes.length);
        view = new DataView(bytes.buffer);
        counts.taken += hop * factor;
        [inHop, afterGap] = [0, false];
      }
      return done;
    },
    counts: () => ({ ...counts, waiting: waiting() }),
  };
}

/** @returns how many samples of the sensor are one of the module */
function judge(
  uri: string,
  { channels, sampleRateHz }: Description,
  input: ManifestTensor,
  wanted: number,
): number {
  const problems: Problem[] = [];
  const refuse = (what: keyof typeof REMEDY, got: string, expected: string, say?: string | null) =>
    problems.push(problem("INPUT_FORMAT", uri, got, expected, say ?? REMEDY[what]));
  if (channels.length !== wanted) {
    const got = `${plural(channels.length, "channel")}${named(channels)}`;
    const one = wanted === 1 ? chooseOne(uri) : null;
    refuse("channels", got, `${wanted}, as the module takes`, one);
  } else if (elements(input.shape) % wanted !== 0 || wanted === 0) {
    refuse("channels", plural(wanted, "channel"), `channels that divide [${input.shape}]`);
  }
  for (const { name, unit } of channels) {
    if (input.unit === undefined || unitOf(unit) === unitOf(input.unit)) continue;
    const say = unit === "" ? whereSo(sayWith(uri, "unit", input.unit)) : null;
    refuse(
      "unit",
      `${name} in ${unitText(unit)}`,
      `${unitText(input.unit)}, as the module takes`,
      say,
    );
  }
  let factor = 1;
  const own = input.sampleRateHz;
  if (own !== undefined && sampleRateHz === null) {
    const say = whereSo(sayWith(uri, "rate", String(own)));
    refuse("events", "samples without a rate", `${own} Hz, as the module takes`, say);
  } else if (own !== undefined && sampleRateHz !== null) {
    // a rate in binary may be off in its last bits
    factor = Math.round(sampleRateHz / own);
    if (factor < 1 || Math.abs(sampleRateHz / own - factor) > 1e-9 * factor) {
      const wanted = `${own} Hz or a whole multiple, as the module takes`;
      refuse("rate", `${sampleRateHz} Hz`, wanted, convertedTo(uri, own));
    }
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  return factor;
}

/** A file of sound has the rate that it has: other programs make another of it. */
const convertedTo = (uri: string, rateHz: number): string | null =>
  uri.startsWith("wav:")
    ? `Convert the file, with \`sox IN.wav -r ${rateHz} OUT.wav\` for example; nothing is resampled here.`
    : null;

/** How to take one of several channels; null where the sensor has no key for it. */
export function chooseOne(uri: string): string | null {
  const say = sayWith(uri, "channel", "0");
  return say && `Choose one: ${say}.`;
}

/** The URI with what it leaves open, where the sensor has a key for it. */
function sayWith(uri: string, key: string, value: string): string | null {
  if (!sensorKeys(uri).includes(key) || value === "") return null;
  return `"${uri}${uri.includes("?") ? "&" : "?"}${key}=${value}"`;
}

const whereSo = (whole: string | null): string | null =>
  whole === null ? null : `Where it is so, say it: ${whole}.`;

/** " (left, right)": which of them is which. */
const named = (channels: Description["channels"]): string =>
  channels.length < 2 || channels.length > 8
    ? ""
    : ` (${channels.map(({ name }) => name).join(", ")})`;

function wrongChannels(uri: string, got: number, wanted: number): never {
  return fail("INPUT_FORMAT", uri, plural(got, "channel"), `${wanted}, as before`, REMEDY.channels);
}

const unitText = (unit: string): string => (unit === "" ? "no unit" : unit);

/** Nanoseconds from the first sample of a block to sample n; none where there is no rate. */
const sinceFirst = ({ sampleRateHz }: Description, n: number): bigint =>
  sampleRateHz === null ? 0n : secondsToNanoseconds(n / sampleRateHz);

function writer(dtype: ManifestTensor["dtype"]) {
  switch (dtype) {
    case "i8":
      return (view: DataView, at: number, q: number) => view.setInt8(at, q);
    case "u8":
      return (view: DataView, at: number, q: number) => view.setUint8(at, q);
    case "i16":
      return (view: DataView, at: number, q: number) => view.setInt16(at, q, true);
    case "i32":
      return (view: DataView, at: number, q: number) => view.setInt32(at, q, true);
  }
}
