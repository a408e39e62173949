/** Modules that no board may run, or not for long, and what the board must say of each. */

import type { SlotInfo } from "../../host/runtime/requests.ts";
import { STATUS } from "./device-module.ts";
import { COPY, writtenModule, ZERO } from "./firmware-modules.ts";

/** Where a module is found out. */
export type Hostile = {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly info?: Partial<SlotInfo>;
  /** the request that fails, and how; a board that restarts answers nothing */
  readonly fails: "BEGIN" | "TRY" | "STEP";
  readonly status: number | "restarts";
};

const [UNREACHABLE, DROP] = [0x00, 0x1a];
const loop = [0x03, 0x40, 0x0c, 0, 0x0b];
const i32 = (n: number): number[] => {
  const low = n & 0x7f;
  return n < 64 ? [low] : [low | 0x80, ...i32(n >>> 7)];
};
const copy = writtenModule();
/** After a return: a value in the register, then a select of operands that are not there, then what takes both. */
export const UNREACHED_SELECT = [
  ...[...ZERO, 0x0f, ...ZERO, ...ZERO, 0x4f, 0x1b, 0x8a, DROP, ...ZERO],
] as const;
/** No two alike, so that a board cannot take one for the module it has. */
const noise = Uint8Array.from({ length: 2000 }, (_, k) => ((k * k * 31) >>> 3) & 0xff);

const refused = (name: string, status: number, wasm: Uint8Array): Hostile => ({
  ...{ name, wasm, status },
  fails: "TRY",
});
const unsuited = (name: string, globals: Readonly<Record<string, number>>): Hostile =>
  refused(name, STATUS.ABI, writtenModule({ globals }));
const stepping = (name: string, status: Hostile["status"], step: readonly number[]): Hostile => ({
  ...{ name, status },
  wasm: writtenModule({ step }),
  // longer than a busy computer keeps a process waiting
  info: { stepLimitMs: 1500 },
  fails: "STEP",
});

export const HOSTILE: readonly Hostile[] = [
  // no modules
  refused("half a module", STATUS.MODEL, copy.subarray(0, copy.length >> 1)),
  refused("all but the last byte", STATUS.MODEL, copy.subarray(0, -1)),
  refused("random bytes", STATUS.MODEL, noise),
  refused(
    "a module's head, then random bytes",
    STATUS.MODEL,
    Uint8Array.from([...copy.subarray(0, 8), ...noise]),
  ),
  refused("one byte", STATUS.MODEL, Uint8Array.of(0)),
  refused("code of wrong types", STATUS.MODEL, writtenModule({ step: [0x42, 0] })),
  refused("a local that is none", STATUS.MODEL, writtenModule({ step: [0x20, 99] })),
  // another profile
  refused("floats", STATUS.MODEL, writtenModule({ step: [0x43, 0, 0, 0x80, 0x3f, DROP, ...ZERO] })),
  refused("float locals", STATUS.MODEL, writtenModule({ locals: [0x7d] })),
  refused("memory.grow", STATUS.MODEL, writtenModule({ step: [0x41, 1, 0x40, 0] })),
  refused(
    "SIMD",
    STATUS.MODEL,
    writtenModule({ step: [0x41, 0, 0xfd, 0x00, 0, 0, DROP, ...ZERO] }),
  ),
  refused("calls in a circle", STATUS.MODEL, writtenModule({ step: [0x10, 1] })),
  refused("imports", STATUS.ABI, writtenModule({ sections: { 2: [1, 1, 0x61, 1, 0x62, 0, 0] } })),
  refused("a table", STATUS.ABI, writtenModule({ sections: { 4: [1, 0x70, 0, 1] } })),
  refused("a start function", STATUS.ABI, writtenModule({ sections: { 8: [0] } })),
  refused(
    "names whose size wraps on 32 bits",
    STATUS.MODEL,
    Uint8Array.from([
      ...copy,
      ...[0, 13, 5, ...Buffer.from("name\0"), 2, 0xfa, 0xff, 0xff, 0xff, 0x0f, 0],
    ]),
  ),
  // valid, but two values in the one register of WASM3 (host/boards/refusal.ts)
  refused(
    "a select that is never reached",
    STATUS.MODEL,
    writtenModule({ step: UNREACHED_SELECT }),
  ),
  // another ABI
  unsuited("another major version", { abi: 0x20000 }),
  unsuited("a rom", { rom_len: 4 }),
  unsuited("an input outside of mem_used", { in_len: 49 }),
  unsuited("an output at address 0", { out_ptr: 0 }),
  unsuited("buffers that overlap", { out_ptr: 16 }),
  unsuited("mem_used beyond the memory", { mem_used: 65_537 }),
  unsuited("a negative length", { in_len: -1 }),
  refused(
    "no globals",
    STATUS.ABI,
    writtenModule({
      sections: { 7: [2, 4, ...Buffer.from("init"), 0, 0, 4, ...Buffer.from("step"), 0, 1] },
    }),
  ),
  // too much
  refused(
    "more memory than the board has",
    STATUS.ARENA,
    writtenModule({ pages: [4000, 4000], globals: { mem_used: 4000 * 65_536 } }),
  ),
  {
    name: "more bytes than the slot has",
    wasm: copy,
    info: { length: 1 << 28 },
    fails: "BEGIN",
    status: STATUS.SLOT,
  },
  {
    name: "other bytes than announced",
    wasm: copy,
    info: { crc: 1 },
    fails: "TRY",
    status: STATUS.SLOT,
  },
  refused(
    "data outside of mem_used",
    STATUS.MODEL,
    writtenModule({ sections: { 11: [1, 0, 0x41, ...i32(1 << 20), 0x0b, 1, 7] } }),
  ),
  // init
  refused("init traps", STATUS.TRAP, writtenModule({ init: [UNREACHABLE] })),
  refused("init returns 1", STATUS.RESULT, writtenModule({ init: [0x41, 1] })),
  {
    name: "init never returns",
    wasm: writtenModule({ init: [...loop, ...ZERO] }),
    fails: "TRY",
    status: "restarts",
  },
  // step
  stepping("step traps", STATUS.TRAP, [UNREACHABLE]),
  stepping("step divides by zero", STATUS.TRAP, [...ZERO, ...ZERO, 0x6d]),
  stepping("step stores far outside", STATUS.TRAP, [0x41, 0x7f, 0x41, 1, 0x36, 0, 0, ...ZERO]),
  stepping("step stores just outside", STATUS.TRAP, [
    0x41,
    ...i32(61),
    0x41,
    1,
    0x36,
    0,
    0,
    ...ZERO,
  ]),
  stepping("step fills all memory", STATUS.TRAP, [
    ...ZERO,
    ...ZERO,
    0x41,
    0x7f,
    0xfc,
    11,
    0,
    ...ZERO,
  ]),
  stepping("step returns −1", STATUS.RESULT, [...COPY.slice(0, -2), 0x41, 0x7f]),
  stepping("step never returns", "restarts", [...loop, ...ZERO]),
];
