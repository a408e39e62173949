/** A module with buffers of any size: each output byte is its input byte plus what a state byte has summed up. */
import { exportGlobals, GLOBALS, handmade } from "./handmade-module.ts";

export async function copyingModule(inputBytes: number, outputBytes: number): Promise<Uint8Array> {
  const up = (n: number) => Math.ceil(n / 8) * 8;
  const inPtr = 16;
  const outPtr = inPtr + up(inputBytes);
  const statePtr = outPtr + up(outputBytes);
  const cntPtr = statePtr + up(outputBytes);
  const globals = exportGlobals({
    ...GLOBALS,
    in_len: inputBytes,
    out_ptr: outPtr,
    out_len: outputBytes,
    state_ptr: statePtr,
    state_len: outputBytes,
    cnt_ptr: cntPtr,
    mem_used: cntPtr + 32,
  });
  const tensor = (name: string, length: number) => ({
    ...{ name, shape: [length], dtype: "u8", edge: "spike", scale: 1, zeroPoint: 0 },
  });
  return handmade({
    source: `${globals}
      export function init(): i32 {
        for (let k = 0; k < ${outputBytes}; k++) store<u8>(${statePtr} + k, 0);
        for (let k = 0; k < 32; k++) store<u8>(${cntPtr} + k, 0);
        return 0;
      }
      export function step(): i32 {
        store<u64>(${cntPtr}, load<u64>(${cntPtr}) + 1);
        for (let k = 0; k < ${outputBytes}; k++) {
          const x: i32 = k < ${inputBytes} ? <i32>load<u8>(16 + k) : 0;
          const s: i32 = <i32>load<u8>(${statePtr} + k) + x;
          store<u8>(${statePtr} + k, s);
          store<u8>(${outPtr} + k, x > 0 ? s : 0);
        }
        return 5;
      }`,
    manifest: {
      inputs: inputBytes > 0 ? [tensor("in", inputBytes) as never] : [],
      outputs: outputBytes > 0 ? [tensor("out", outputBytes) as never] : [],
    },
  });
}
