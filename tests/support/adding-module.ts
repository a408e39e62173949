/** A module that adds: state += input, output = state. One step too many or too few is seen in every output after it. */
import { exportGlobals, GLOBALS, handmade } from "./handmade-module.ts";

const SOURCE = `
${exportGlobals({ ...GLOBALS, state_ptr: 32, state_len: 8, cnt_ptr: 40 })}
export function init(): i32 {
  store<u64>(32, 0);
  store<u64>(40, 0); store<u64>(48, 0); store<u64>(56, 0); store<u64>(64, 0);
  return 0;
}
export function step(): i32 {
  store<u64>(40, load<u64>(40) + 1);
  store<u64>(32, load<u64>(32) + load<u64>(16));
  store<u64>(24, load<u64>(32));
  return 0;
}`;

export const addingModule = (): Promise<Uint8Array> => handmade({ source: SOURCE });

const buffer = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
};

export const addend = (value: number): Uint8Array => buffer(BigInt(value));

export const sumOf = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
