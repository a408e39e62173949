/** What the device model does at STEP and RUN: rows of inputs in, outputs or events out. */
import { PAYLOAD_MAX } from "../../host/lines/frame.ts";
import { payloadOf } from "../../host/runtime/requests.ts";
import { type DeviceModule, Refused, STATUS } from "./device-module.ts";

/** what its clock says of every step */
export const STEP_US = 7;
const TOO_MANY = 0xffff;

export type Stepped = { readonly steps: number; readonly answer: Uint8Array };

/** @param form bit 0: inputs as events; bit 1: outputs as events */
export function stepRequest(
  module: DeviceModule,
  form: number,
  n: number,
  inputs: Uint8Array,
): Stepped {
  const [inPtr, inLen] = module.range("in");
  const [outPtr, outLen] = module.range("out");
  const [eventsIn, eventsOut] = [(form & 1) !== 0, (form & 2) !== 0];
  if (n === 0 || form > 3 || (eventsOut && n !== 1)) throw new Refused(STATUS.FRAME);
  if (!eventsOut && 6 + n * outLen > PAYLOAD_MAX) throw new Refused(STATUS.FRAME);
  const rows = eventsIn ? eventRows(inputs, n, inLen) : denseRows(inputs, n, inLen);
  const outputs: Uint8Array[] = [];
  let result = 0;
  for (const row of rows) {
    module.memory.set(row, inPtr);
    result = module.step();
    const output = module.memory.slice(outPtr, outPtr + outLen);
    outputs.push(eventsOut ? outputEvents(output) : output);
  }
  const head = [[2, n] as const, [4, result] as const];
  return { steps: n, answer: payloadOf(head, new Uint8Array(Buffer.concat(outputs))) };
}

export function runRequest(module: DeviceModule, n: number): Stepped {
  if (n === 0) throw new Refused(STATUS.FRAME);
  let result = 0;
  for (let k = 0; k < n; k++) result = module.step();
  const answer = payloadOf([
    [2, n],
    [4, result],
    [4, STEP_US * n],
    [4, 1000 * n],
    [4, 0],
  ]);
  return { steps: n, answer };
}

function denseRows(inputs: Uint8Array, n: number, length: number): Uint8Array[] {
  if (inputs.length !== n * length) throw new Refused(STATUS.FRAME);
  return Array.from({ length: n }, (_, k) => inputs.subarray(k * length, (k + 1) * length));
}

function eventRows(inputs: Uint8Array, n: number, length: number): Uint8Array[] {
  const view = new DataView(inputs.buffer, inputs.byteOffset, inputs.byteLength);
  const rows: Uint8Array[] = [];
  let at = 0;
  for (let k = 0; k < n; k++) {
    const row = new Uint8Array(length);
    if (at + 2 > inputs.length) throw new Refused(STATUS.FRAME);
    const count = view.getUint16(at, true);
    at += 2;
    if (at + 3 * count > inputs.length) throw new Refused(STATUS.FRAME);
    for (let e = 0; e < count; e++, at += 3) {
      const index = view.getUint16(at, true);
      if (index >= length) throw new Refused(STATUS.FRAME);
      row[index] = view.getUint8(at + 2);
    }
    rows.push(row);
  }
  if (at !== inputs.length) throw new Refused(STATUS.FRAME);
  return rows;
}

function outputEvents(output: Uint8Array): Uint8Array {
  const active = [...output.keys()].filter((k) => output[k] !== 0);
  if (6 + 2 + 3 * active.length > PAYLOAD_MAX) return payloadOf([[2, TOO_MANY]]);
  return payloadOf([
    [2, active.length],
    ...active.flatMap((k) => [[2, k] as const, [1, output[k] ?? 0] as const]),
  ]);
}
