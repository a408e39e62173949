/** Types and instructions by their byte: WebAssembly core specification, chapter 5. */
export const [I32, I64, NONE] = [0x7f, 0x7e, 0x40] as const;
export const [UNREACHABLE, NOP, BLOCK, LOOP, IF, ELSE, END] = [0, 1, 2, 3, 4, 5, 0x0b] as const;
export const [BR, BR_IF, BR_TABLE, RETURN, CALL, DROP, SELECT] = [
  0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x1a, 0x1b,
] as const;
export const [GET, SET, TEE, GLOBAL_GET, GLOBAL_SET] = [0x20, 0x21, 0x22, 0x23, 0x24] as const;
export const LONG = [0x42, 0] as const; // i64.const 0
