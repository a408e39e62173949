/** GPIO character devices, version 2 of their interface (linux/gpio.h, kernel 5.10 and later). */
import { requestNumber } from "./ioctl.ts";
import {
  layout,
  readS32,
  readText,
  readU32,
  readU64,
  writeText,
  writeU32,
  writeU64,
} from "./layout.ts";
import type { SystemCalls } from "./system-calls.ts";

export const CHIP_INFO = layout("gpiochip_info", 68, {
  ...{ name: [0, 32], label: [32, 32], lines: [64, 4] },
});
export const LINE_INFO = layout("gpio_v2_line_info", 256, {
  ...{ name: [0, 32], consumer: [32, 32], offset: [64, 4], num_attrs: [68, 4], flags: [72, 8] },
});
export const LINE_REQUEST = layout("gpio_v2_line_request", 592, {
  ...{ offsets: [0, 256], consumer: [256, 32], "config.flags": [288, 8] },
  ...{ "config.num_attrs": [296, 4], "config.attrs": [320, 240] },
  ...{ num_lines: [560, 4], event_buffer_size: [564, 4], fd: [588, 4] },
});
/** One of the ten attributes of a request. */
export const LINE_ATTRIBUTE = layout("gpio_v2_line_config_attribute", 24, {
  ...{ "attr.id": [0, 4], "attr.values": [8, 8], "attr.debounce_period_us": [8, 4], mask: [16, 8] },
});
export const LINE_VALUES = layout("gpio_v2_line_values", 16, { bits: [0, 8], mask: [8, 8] });
export const LINE_EVENT = layout("gpio_v2_line_event", 48, {
  ...{ timestamp_ns: [0, 8], id: [8, 4], offset: [12, 4], seqno: [16, 4], line_seqno: [20, 4] },
});

const GPIO = 0xb4;
export const GPIO_REQUEST = {
  GET_CHIPINFO: requestNumber("read", GPIO, 0x01, CHIP_INFO.size),
  GET_LINEINFO: requestNumber("readWrite", GPIO, 0x05, LINE_INFO.size),
  GET_LINE: requestNumber("readWrite", GPIO, 0x07, LINE_REQUEST.size),
  GET_VALUES: requestNumber("readWrite", GPIO, 0x0e, LINE_VALUES.size),
  SET_VALUES: requestNumber("readWrite", GPIO, 0x0f, LINE_VALUES.size),
} as const;

/** GPIO_V2_LINE_FLAG_… */
export const LINE_FLAG = {
  ...{ USED: 1n, ACTIVE_LOW: 2n, INPUT: 4n, OUTPUT: 8n, EDGE_RISING: 16n, EDGE_FALLING: 32n },
  ...{ BIAS_PULL_UP: 256n, BIAS_PULL_DOWN: 512n, BIAS_DISABLED: 1024n },
} as const;

/** GPIO_V2_LINE_ATTR_ID_… */
export const LINE_ATTRIBUTE_ID = { OUTPUT_VALUES: 2, DEBOUNCE: 3 } as const;

/** GPIO_V2_LINE_EVENT_…: rising is from inactive to active, also where active is low. */
export const LINE_EVENT_ID = { RISING_EDGE: 1, FALLING_EDGE: 2 } as const;

export type ChipInfo = { readonly name: string; readonly label: string; readonly lines: number };

/** @param fd of /dev/gpiochipN. @throws the kernel's error; ENOTTY where it is no chip */
export function chipInfo(calls: SystemCalls, fd: number): ChipInfo {
  const bytes = new Uint8Array(CHIP_INFO.size);
  calls.ioctl(fd, GPIO_REQUEST.GET_CHIPINFO, bytes);
  const { name, label, lines } = CHIP_INFO.fields;
  return {
    name: readText(bytes, name),
    label: readText(bytes, label),
    lines: readU32(bytes, lines),
  };
}

export type LineInfo = {
  /** as the board's description names it; "" where it does not */
  readonly name: string;
  /** who has it; "" where nobody has, or who has gave no name */
  readonly consumer: string;
  readonly used: boolean;
};

/** @param fd of the chip. @throws the kernel's error; EINVAL or ENOTTY where it is too old for version 2 */
export function lineInfo(calls: SystemCalls, fd: number, offset: number): LineInfo {
  const bytes = new Uint8Array(LINE_INFO.size);
  const { fields } = LINE_INFO;
  writeU32(bytes, fields.offset, offset);
  calls.ioctl(fd, GPIO_REQUEST.GET_LINEINFO, bytes);
  return {
    name: readText(bytes, fields.name),
    consumer: readText(bytes, fields.consumer),
    used: (readU64(bytes, fields.flags) & LINE_FLAG.USED) !== 0n,
  };
}

export type LineRequest = {
  readonly offset: number;
  /** our name, at most 31 bytes; others see it while we have the line */
  readonly consumer: string;
  /** LINE_FLAG, added up */
  readonly flags: bigint;
  /** how long a level must last to count, in microseconds; 0: every change counts */
  readonly debounceUs?: number;
  /** the first level of an output: 1 is active */
  readonly level?: 0 | 1;
};

/** The largest that the kernel gives (GPIO_V2_LINES_MAX × 16): a burst must wait here while JavaScript is busy. */
const EVENT_BUFFER = 1024;

/** @returns a descriptor of the line, to be closed by the caller; the chip may be closed before */
export function requestLine(calls: SystemCalls, fd: number, request: LineRequest): number {
  const { offset, consumer, flags, debounceUs = 0, level } = request;
  const bytes = new Uint8Array(LINE_REQUEST.size);
  const { fields } = LINE_REQUEST;
  writeU32(bytes, fields.offsets, offset);
  writeText(bytes, fields.consumer, consumer);
  writeU64(bytes, fields["config.flags"], flags);
  writeU32(bytes, fields.num_lines, 1);
  const edges = LINE_FLAG.EDGE_RISING | LINE_FLAG.EDGE_FALLING;
  if ((flags & edges) !== 0n) writeU32(bytes, fields.event_buffer_size, EVENT_BUFFER);
  const first = fields["config.attrs"].at;
  const attribute = bytes.subarray(first, first + LINE_ATTRIBUTE.size);
  const row = LINE_ATTRIBUTE.fields;
  if (debounceUs > 0) {
    writeU32(attribute, row["attr.id"], LINE_ATTRIBUTE_ID.DEBOUNCE);
    writeU32(attribute, row["attr.debounce_period_us"], debounceUs);
  }
  if (level !== undefined) {
    writeU32(attribute, row["attr.id"], LINE_ATTRIBUTE_ID.OUTPUT_VALUES);
    writeU64(attribute, row["attr.values"], BigInt(level));
  }
  if (debounceUs > 0 || level !== undefined) {
    writeU64(attribute, row.mask, 1n);
    writeU32(bytes, fields["config.num_attrs"], 1);
  }
  calls.ioctl(fd, GPIO_REQUEST.GET_LINE, bytes);
  return readS32(bytes, fields.fd);
}

/** @param fd of a line that was requested. @returns 1 where it is active */
export function lineLevel(calls: SystemCalls, fd: number): 0 | 1 {
  const bytes = new Uint8Array(LINE_VALUES.size);
  writeU64(bytes, LINE_VALUES.fields.mask, 1n);
  calls.ioctl(fd, GPIO_REQUEST.GET_VALUES, bytes);
  return (readU64(bytes, LINE_VALUES.fields.bits) & 1n) === 1n ? 1 : 0;
}

/** @param fd of an output that was requested */
export function setLineLevel(calls: SystemCalls, fd: number, level: 0 | 1): void {
  const bytes = new Uint8Array(LINE_VALUES.size);
  writeU64(bytes, LINE_VALUES.fields.bits, BigInt(level));
  writeU64(bytes, LINE_VALUES.fields.mask, 1n);
  calls.ioctl(fd, GPIO_REQUEST.SET_VALUES, bytes);
}
