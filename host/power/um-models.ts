/**
 * Answers of RD's UM24C, UM25C and UM34C: 130 bytes, the high byte of each number first.
 *
 *     0 u16 model   2 u16 volts   4 u16 amperes   6 u32 milliwatts   …   128 u16 its end
 *
 * What a unit of volts and amperes is depends on the model, so an answer of another model is none. Models and ends are those of
 * the sigrok project, fields those of rd-usb.
 */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { Asked } from "./polled.ts";

export const UM_KINDS = ["um24c", "um25c", "um34c"] as const;
export type UmKind = (typeof UM_KINDS)[number];

export const UM_ANSWER_BYTES = 130;

type Model = {
  readonly id: number;
  /** of a unit of its numbers */
  readonly volts: number;
  readonly amps: number;
  readonly endsRight: (answer: Uint8Array) => boolean;
};

const constantEnd = (answer: Uint8Array): boolean => answer[128] === 0xff && answer[129] === 0xf1;

/** Bytes whose exclusive or is the last one of the UM34C. */
const CHECKED = [
  ...[1, 3, 7, 9, 15, 17, 19, 23, 31, 39, 41, 45, 49, 53, 55, 57],
  ...[59, 63, 67, 69, 73, 79, 83, 89, 97, 99, 109, 111, 113, 119, 121, 127],
];
const checkedEnd = (answer: Uint8Array): boolean =>
  CHECKED.reduce((sum, place) => sum ^ at(answer, place), 0) === answer[129];

const MODELS: Readonly<Record<UmKind, Model>> = {
  um24c: { id: 0x0963, volts: 0.01, amps: 0.001, endsRight: constantEnd },
  um25c: { id: 0x09c9, volts: 0.001, amps: 0.0001, endsRight: constantEnd },
  um34c: { id: 0x0d4c, volts: 0.01, amps: 0.001, endsRight: checkedEnd },
};

/** @throws METER_MISSING for what is no answer of this model */
export function umReading(kind: UmKind, uri: string, answer: Uint8Array): Asked {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const { id, volts, amps, endsRight } = MODELS[kind];
  const expected = `an answer of a ${kind.toUpperCase()}`;
  const model = view.getUint16(0);
  const other = UM_KINDS.find((one) => MODELS[one].id === model);
  if (other !== undefined && other !== kind) {
    const remedy = `Name it ${other}: its numbers have other units.`;
    fail("METER_MISSING", `--meter ${uri}`, `a ${other.toUpperCase()}`, expected, remedy);
  }
  if (model !== id) {
    const got = `bytes that begin with 0x${model.toString(16).padStart(4, "0")}`;
    fail("METER_MISSING", `--meter ${uri}`, got, expected);
  }
  if (!endsRight(answer)) {
    const got = "an answer that does not end as it must";
    fail("METER_MISSING", `--meter ${uri}`, got, expected);
  }
  return {
    watts: view.getUint32(6) / 1000,
    volts: view.getUint16(2) * volts,
    amps: view.getUint16(4) * amps,
  };
}
