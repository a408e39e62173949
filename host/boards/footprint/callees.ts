/** Which functions a body calls, in order: firmware/core/tw_calls.c. */

import { ByteReader } from "../../module/wasm-binary.ts";
import { OPCODE, readFunction } from "../../module/wasm-code.ts";

/** @param body of a module whose checks have passed */
export const callees = (body: Uint8Array): readonly number[] =>
  readFunction(new ByteReader(body), "mvp", "function")
    .code.filter(({ opcode }) => opcode === OPCODE.call)
    .map(({ index }) => index);
