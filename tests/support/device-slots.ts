/** Two slots of flash as firmware/README.md, "Slots", lays them out. They outlive restarts. */
import { crc32 } from "node:zlib";

const PAGE = 256;
const MAGIC = 0x4c535754;
const INFO = 12;
const INFO_BYTES = 36;
const CRC = 252;

export type SlotModule = { readonly info: Uint8Array; readonly wasm: Uint8Array };

export class DeviceSlots {
  readonly bytes: number;
  private readonly slots: readonly [Uint8Array, Uint8Array];

  constructor(bytes: number) {
    this.bytes = bytes;
    this.slots = [new Uint8Array(bytes).fill(0xff), new Uint8Array(bytes).fill(0xff)];
  }

  private slot(n: number): Uint8Array {
    return this.slots[n] ?? new Uint8Array(0);
  }

  /** The newer of the valid ones, or -1. */
  get active(): number {
    const sequences = [0, 1].map((n) => this.sequence(n));
    const [a = null, b = null] = sequences;
    if (a === null || b === null) return a !== null ? 0 : b !== null ? 1 : -1;
    return ((b - a) | 0) > 0 ? 1 : 0;
  }

  sequence(n: number): number | null {
    return this.read(n) ? new DataView(this.slot(n).buffer).getUint32(8, true) : null;
  }

  read(n: number): SlotModule | null {
    const slot = this.slot(n);
    if (slot.length === 0) return null;
    const view = new DataView(slot.buffer);
    const whole = view.getUint32(0, true) === MAGIC && view.getUint32(4, true) === 1;
    if (!whole || view.getUint32(CRC, true) !== crc32(slot.subarray(0, CRC))) return null;
    const length = view.getUint32(INFO, true);
    if (length > this.bytes - PAGE) return null;
    const wasm = slot.slice(PAGE, PAGE + length);
    if (crc32(wasm) !== view.getUint32(INFO + 4, true)) return null;
    return { info: slot.slice(INFO, INFO + INFO_BYTES), wasm };
  }

  erase(n: number): void {
    this.slot(n).fill(0xff);
  }

  write(n: number, offset: number, bytes: Uint8Array): void {
    this.slot(n).set(bytes, PAGE + offset);
  }

  module(n: number, offset: number, length: number): Uint8Array {
    return this.slot(n).slice(PAGE + offset, PAGE + offset + length);
  }

  /** Makes slot `n` the newest. Returns its sequence. */
  commit(n: number, info: Uint8Array): number {
    const slot = this.slot(n);
    const header = slot.subarray(0, PAGE).fill(0);
    const view = new DataView(slot.buffer);
    const sequence = ((this.sequence(1 - n) ?? 0) + 1) >>> 0;
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, 1, true);
    view.setUint32(8, sequence, true);
    header.set(info, INFO);
    view.setUint32(CRC, crc32(header.subarray(0, CRC)), true);
    return sequence;
  }
}
