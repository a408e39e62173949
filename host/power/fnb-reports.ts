/**
 * What FNIRSI's USB meters say and hear, in reports of 64 bytes:
 *
 *     0 0xaa   1 command or kind   2 … 62   63 CRC-8 of bytes 1 … 62
 *
 * A report of kind 4 has four samples of 15 bytes from place 2, low byte first:
 *
 *     u32 volts / 10⁵   u32 amperes / 10⁵   u16 D+   u16 D−   one byte   u16 temperature
 */

export const REPORT_BYTES = 64;
export const SAMPLES_A_REPORT = 4;

const START = 0xaa;
const DATA = 0x04;
const SAMPLE_BYTES = 15;
const FIRST = 2;

export const FNB_KINDS = ["fnb48", "fnb58"] as const;
export type FnbKind = (typeof FNB_KINDS)[number];

/** How a model is made to send, and kept at it. */
type Dialogue = { readonly start: readonly number[]; readonly keepAliveMs: number };

const OLDER: Dialogue = { start: [0x81, 0x82, 0x83], keepAliveMs: 3 };
const NEWER: Dialogue = { start: [0x81, 0x82, 0x82], keepAliveMs: 1000 };

export type FnbModel = Dialogue & {
  readonly vendorId: string;
  readonly productId: string;
  readonly name: string;
  /** the word in front of its URI */
  readonly kind: FnbKind;
};

export const FNB_MODELS: readonly FnbModel[] = [
  { vendorId: "0483", productId: "003a", name: "FNIRSI FNB48", kind: "fnb48", ...OLDER },
  { vendorId: "0483", productId: "003b", name: "FNIRSI C1", kind: "fnb48", ...OLDER },
  { vendorId: "2e3c", productId: "0049", name: "FNIRSI FNB48S", kind: "fnb48", ...NEWER },
  { vendorId: "2e3c", productId: "5558", name: "FNIRSI FNB58", kind: "fnb58", ...NEWER },
];

export const KEEP_ALIVE = 0x83;

export function commandReport(command: number): Uint8Array {
  const report = new Uint8Array(REPORT_BYTES);
  report[0] = START;
  report[1] = command;
  report[REPORT_BYTES - 1] = crc8(report.subarray(1, REPORT_BYTES - 1));
  return report;
}

export type FnbSample = { readonly volts: number; readonly amps: number };

/** @returns null for other kinds of reports; "damaged" for what should have been one */
export function samplesIn(report: Uint8Array): readonly FnbSample[] | "damaged" | null {
  if (report.length !== REPORT_BYTES || report[0] !== START) return "damaged";
  if (report[REPORT_BYTES - 1] !== crc8(report.subarray(1, REPORT_BYTES - 1))) return "damaged";
  if (report[1] !== DATA) return null;
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  return Array.from({ length: SAMPLES_A_REPORT }, (_, k) => {
    const place = FIRST + k * SAMPLE_BYTES;
    return {
      volts: view.getUint32(place, true) / 1e5,
      amps: view.getUint32(place + 4, true) / 1e5,
    };
  });
}

/** Polynomial 0x39, begun with 0x42, the high bit first. */
function crc8(bytes: Uint8Array): number {
  let crc = 0x42;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x39) & 0xff : crc << 1;
  }
  return crc;
}
