/** What host and board ask and answer: numbers and payloads of firmware/README.md, "Requests". */
import { fail } from "../errors.ts";
import { PAYLOAD_MAX } from "../lines/frame.ts";
import type { ModuleGlobals } from "../module/check.ts";
import { CONVERSIONS, type Conversion, TASKS, type Task } from "../module/task.ts";

export const WIRE_VERSION = 1;

export const REQUEST = {
  HELLO: 0x01,
  STATUS: 0x02,
  MODEL: 0x03,
  LOGS: 0x04,
  PART: 0x05,
  BEGIN: 0x10,
  DATA: 0x11,
  READ_BACK: 0x12,
  TRY: 0x13,
  ACTIVATE: 0x14,
  ABORT: 0x15,
  STEP: 0x20,
  WRITE: 0x21,
  READ: 0x22,
  RUN: 0x23,
  INIT: 0x24,
  RESET: 0x30,
} as const;

export type RequestName = keyof typeof REQUEST;

export const RESET_REASONS = ["power", "watchdog", "software", "fault"] as const;
export type ResetReason = (typeof RESET_REASONS)[number] | "unknown";

/** Pins that a board raises for a meter: while step() runs, and from the input that is taken to the output that is given. */
export const MARKS = ["step", "work"] as const;
export type Mark = (typeof MARKS)[number];

export type Hello = {
  readonly wireVersion: number;
  readonly payloadMax: number;
  /** knows PART, and takes DATA of any length */
  readonly smallFrames: boolean;
  /** its marker pins; firmware before them has none */
  readonly marks: readonly Mark[];
  readonly firmware: string;
  /** differs from boot to boot */
  readonly boot: number;
  readonly resetReason: ResetReason;
  readonly loaded: boolean;
  /** for a module and its header */
  readonly slotBytes: number;
  readonly arenaBytes: number;
  /** its slots keep their modules without power; firmware that does not say so has them in flash */
  readonly persistent: boolean;
  /** numbers of the kernels that it computes itself (host/module/kernels.ts); none in older firmware */
  readonly kernels: readonly number[];
  readonly board: string;
  readonly serial: string;
};

export type BoardStatus = {
  readonly uptimeUs: number;
  /** since the module was loaded */
  readonly steps: number;
  /** of the last step; 0 without a counter */
  readonly cycles: number;
  readonly stepUs: number;
  readonly arenaUsed: number;
  readonly arenaPeak: number;
  readonly arenaBytes: number;
  readonly linearMemory: number;
  readonly stackUsed: number;
  readonly stackBytes: number;
  readonly goodFrames: number;
  readonly badFrames: number;
  readonly stage: "none" | "data" | "trial";
  readonly resetReason: ResetReason;
};

export type ModelInfo = Omit<ModuleGlobals, "romLen"> & {
  readonly bytes: number;
  readonly crc: number;
  /** of the slot; 0 in a trial */
  readonly sequence: number;
  readonly task: Task;
  readonly energy: boolean;
  readonly stepLimitMs: number;
};

export type Logs = { readonly from: number; readonly end: number; readonly text: string };

/** What the host says of a module when it deploys it; the slot's header keeps it. */
export type SlotInfo = {
  readonly length: number;
  readonly crc: number;
  readonly energy: boolean;
  readonly task: Task;
  readonly conversion: Conversion;
  readonly inputScale: number;
  readonly inputZero: number;
  readonly outputScale: number;
  readonly outputZero: number;
  /** after which the watchdog resets the board */
  readonly stepLimitMs: number;
};

/** Reads a payload front to back; running off its end is a fault of the other side. */
export class PayloadReader {
  private readonly view: DataView;
  private readonly what: string;
  private at = 0;

  constructor(payload: Uint8Array, what: string) {
    this.view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.what = what;
  }

  private take(bytes: number): number {
    const { byteLength } = this.view;
    if (this.at + bytes > byteLength) {
      fail("DEVICE_PROTOCOL", this.what, `${byteLength} bytes`, `at least ${this.at + bytes}`);
    }
    this.at += bytes;
    return this.at - bytes;
  }

  u8 = (): number => this.view.getUint8(this.take(1));
  u16 = (): number => this.view.getUint16(this.take(2), true);
  u32 = (): number => this.view.getUint32(this.take(4), true);
  i32 = (): number => this.view.getInt32(this.take(4), true);
  /** as a number: exact up to 2^53 */
  u64 = (): number => Number(this.view.getBigUint64(this.take(8), true));
  str = (): string => ascii(this.bytes(this.u8()));

  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, length);
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }
}

/** Printable characters and line ends; anything else as a question mark, so that no terminal obeys a board. */
export const ascii = (bytes: Uint8Array): string =>
  String.fromCharCode(...bytes.subarray(0, 4096)).replace(/[^\n\t\r -~]/g, "?");

/** Raises DEVICE_PROTOCOL for what no board of ours can be: everything that is sent later is measured by it. */
export function parseHello(payload: Uint8Array): Hello {
  const r = new PayloadReader(payload, "HELLO");
  const [wireVersion, payloadMax, firmware, boot] = [r.u16(), r.u16(), r.u32(), r.u32()];
  const [resetReason, loaded, features, slotBytes, arenaBytes] = [
    ...[reason(r.u8()), r.u8() !== 0, r.u16(), r.u32(), r.u32()],
  ] as const;
  const [board, serial] = [r.str(), r.str()];
  // older firmware ends here, and has no kernels of its own
  const kernels = r.left === 0 ? [] : bitsOf(r.bytes(r.u8()));
  if (wireVersion !== WIRE_VERSION) {
    fail("DEVICE_PROTOCOL", "HELLO: wire", `version ${wireVersion}`, `version ${WIRE_VERSION}`);
  }
  if (payloadMax < LEAST_PAYLOAD_MAX || payloadMax > PAYLOAD_MAX) {
    const expected = `${LEAST_PAYLOAD_MAX} to ${PAYLOAD_MAX} bytes`;
    fail("DEVICE_PROTOCOL", "HELLO: largest payload", `${payloadMax} bytes`, expected);
  }
  return {
    ...{ wireVersion, payloadMax, smallFrames: (features & FEATURE.smallFrames) !== 0 },
    marks: MARKS.filter((_, k) => (features & (FEATURE.firstMark << k)) !== 0),
    firmware: `${firmware >>> 16}.${(firmware >>> 8) & 0xff}.${firmware & 0xff}`,
    ...{ boot, resetReason, loaded, slotBytes, arenaBytes, board, serial },
    persistent: (features & FEATURE.forgets) === 0,
    kernels,
  };
}

/** The numbers of the bits that are set, the lowest of the first byte being 0. */
const bitsOf = (bytes: Uint8Array): readonly number[] =>
  [...bytes].flatMap((byte, k) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) => ((byte >> bit) & 1 ? [8 * k + bit] : [])),
  );

const FEATURE = { smallFrames: 1, firstMark: 2, forgets: 8 } as const;
/** A page of a module and its offset must fit. */
const LEAST_PAYLOAD_MAX = 260;

const reason = (n: number): ResetReason => RESET_REASONS[n] ?? "unknown";

export function parseStatus(payload: Uint8Array): BoardStatus {
  const r = new PayloadReader(payload, "STATUS");
  return {
    uptimeUs: r.u64(),
    steps: r.u64(),
    cycles: r.u64(),
    stepUs: r.u32(),
    arenaUsed: r.u32(),
    arenaPeak: r.u32(),
    arenaBytes: r.u32(),
    linearMemory: r.u32(),
    stackUsed: r.u32(),
    stackBytes: r.u32(),
    goodFrames: r.u32(),
    badFrames: r.u32(),
    stage: (["none", "data", "trial"] as const)[r.u8()] ?? "none",
    resetReason: reason(r.u8()),
  };
}

export function parseModel(payload: Uint8Array): ModelInfo {
  const r = new PayloadReader(payload, "MODEL");
  return {
    bytes: r.u32(),
    crc: r.u32(),
    sequence: r.u32(),
    inPtr: r.u32(),
    inLen: r.u32(),
    outPtr: r.u32(),
    outLen: r.u32(),
    statePtr: r.u32(),
    stateLen: r.u32(),
    cntPtr: r.u32(),
    cntLen: r.u32(),
    memUsed: r.u32(),
    stepsHint: r.u32(),
    task: TASKS[r.u8()] ?? "none",
    energy: r.u8() !== 0,
    stepLimitMs: r.u32(),
  };
}

export function parseLogs(payload: Uint8Array): Logs {
  const r = new PayloadReader(payload, "LOGS");
  const [from, end] = [r.u32(), r.u32()];
  return { from, end, text: ascii(r.bytes(r.left)) };
}

export function encodeSlotInfo(info: SlotInfo): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, info.length, true);
  view.setUint32(4, info.crc, true);
  view.setUint8(8, info.energy ? 1 : 0);
  view.setUint8(9, TASKS.indexOf(info.task));
  view.setUint8(10, CONVERSIONS.indexOf(info.conversion));
  view.setFloat32(12, info.inputScale, true);
  view.setInt32(16, info.inputZero, true);
  view.setFloat32(20, info.outputScale, true);
  view.setInt32(24, info.outputZero, true);
  view.setUint32(28, info.stepLimitMs, true);
  return bytes;
}

/** A payload from numbers of given sizes and bytes behind them. */
export function payloadOf(
  numbers: readonly (readonly [size: 1 | 2 | 4, value: number])[],
  rest: Uint8Array = NOTHING,
): Uint8Array {
  const head = numbers.reduce((n, [size]) => n + size, 0);
  const bytes = new Uint8Array(head + rest.length);
  let at = 0;
  for (const [size, value] of numbers) {
    for (let k = 0; k < size; k++) bytes[at++] = value >>> (8 * k);
  }
  bytes.set(rest, head);
  return bytes;
}

export const NOTHING = new Uint8Array(0);
