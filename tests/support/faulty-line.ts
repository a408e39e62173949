/**
 * The line between a link and a device model, with faults: bytes lost, changed, doubled, inserted, late, in another
 * order, and disconnects.
 */
import { fail } from "../../host/errors.ts";
import type { ChannelEvents, Line } from "../../host/lines/line.ts";
import type { Random } from "../../host/model/random.ts";
import type { DeviceModel } from "./device-model.ts";
import type { FakeTime } from "./fake-time.ts";
import { damaged } from "./line-damage.ts";

export type Faults = {
  /** per piece that is written: it is damaged somewhere, lost whole, cut, or sent twice */
  readonly damage?: number;
  /** every byte for itself is lost this often */
  readonly byteLoss?: number;
  /** what is written at once and is longer loses its end: a UART's FIFO that nobody empties in time */
  readonly fifoBytes?: number;
  /** per piece: the line goes away while it is on its way */
  readonly disconnect?: number;
  /** per piece from the board: text in front of it or in the middle of it */
  readonly chatter?: number;
  /** how long the line stays away */
  readonly awayMs?: readonly [number, number];
  /** how late what is late arrives, both ways: what was written after it overtakes it */
  readonly delayMs?: readonly [number, number];
  /** per piece that arrives: it is late; all are where this is not given */
  readonly late?: number;
};

/** Longer than a link waits for an answer the first time: it has asked again before the first answer comes. */
export const LATE = { late: 0.1, delayMs: [200, 900] } as const;

export class FaultyLine implements Line {
  readonly name = "board:model";
  disconnects = 0;
  opened = 0;
  private readonly device: DeviceModel;
  private readonly time: FakeTime;
  private readonly random: Random;
  private events: ChannelEvents | null = null;
  private backNs = 0n;
  faults: Faults;

  constructor(device: DeviceModel, time: FakeTime, random: Random, faults: Faults = {}) {
    this.device = device;
    this.time = time;
    this.random = random;
    this.faults = faults;
  }

  open = async (events: ChannelEvents) => {
    if (this.time.nowNs() < this.backNs) fail("IO", this.name, "no such device", "a device");
    this.opened++;
    this.events = events;
    this.device.send = (bytes) => this.carry(bytes, (part) => this.events?.bytes(part), true);
    return {
      write: (bytes: Uint8Array) => {
        if (this.events === events) this.carry(bytes, (part) => this.device.receive(part), false);
      },
      close: async () => {
        if (this.events === events) this.events = null;
      },
    };
  };

  /** Now. */
  disconnect(): void {
    const { events } = this;
    if (!events) return;
    const [least, most] = this.faults.awayMs ?? [0, 0];
    this.disconnects++;
    this.events = null;
    this.device.send = null;
    this.backNs =
      this.time.nowNs() + BigInt(Math.round((least + this.random() * (most - least)) * 1e6));
    events.closed("unplugged");
  }

  private carry(bytes: Uint8Array, to: (bytes: Uint8Array) => void, fromBoard: boolean): void {
    const { damage = 0, disconnect = 0, chatter = 0 } = this.faults;
    const cut = Math.floor(this.random() * (bytes.length + 1));
    if (this.random() < disconnect) {
      to(bytes.subarray(0, cut));
      this.disconnect();
      return;
    }
    const whole = this.through(bytes);
    const parts = this.random() < damage ? damaged(whole, this.random) : [whole];
    if (fromBoard && this.random() < chatter) {
      const words = new TextEncoder().encode("m-lap-us-123\r\n");
      const [first = new Uint8Array(0), ...rest] = parts;
      const at = this.random() < 0.5 ? 0 : Math.floor(this.random() * first.length);
      parts.splice(0, parts.length, first.subarray(0, at), words, first.subarray(at), ...rest);
    }
    for (const part of parts) this.deliver(part.slice(), to);
  }

  private through(bytes: Uint8Array): Uint8Array {
    const { byteLoss = 0, fifoBytes = bytes.length } = this.faults;
    const kept = bytes.subarray(0, fifoBytes);
    return byteLoss === 0 ? kept : kept.filter(() => this.random() >= byteLoss);
  }

  private deliver(part: Uint8Array, to: (bytes: Uint8Array) => void): void {
    const { delayMs, late = 1 } = this.faults;
    if (!delayMs || this.random() >= late) {
      to(part);
      return;
    }
    const [least, most] = delayMs;
    const { events } = this;
    this.time.after(least + this.random() * (most - least), () => {
      // what was on its way when the line went away is lost with it
      if (this.events === events) to(part);
    });
  }
}
