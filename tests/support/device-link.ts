/** A link to a device model over a line with faults, in a time of its own. */

import { crc32 } from "node:zlib";
import { mulberry32 } from "../../host/model/random.ts";
import { Link, type LinkOptions } from "../../host/runtime/link.ts";
import type { SlotInfo } from "../../host/runtime/requests.ts";
import { DeviceModel, type DeviceOptions } from "./device-model.ts";
import { FakeTime } from "./fake-time.ts";
import { type Faults, FaultyLine } from "./faulty-line.ts";

export type DeviceLink = {
  readonly time: FakeTime;
  readonly device: DeviceModel;
  readonly line: FaultyLine;
  readonly link: Link;
};

export function deviceLink(
  faults: Faults = {},
  device: DeviceOptions = {},
  options: Partial<LinkOptions> = {},
  seed = 1,
): DeviceLink {
  const time = new FakeTime();
  const model = new DeviceModel(time, device);
  const line = new FaultyLine(model, time, mulberry32(seed), faults);
  const link = new Link(line, { timers: time, random: mulberry32(seed + 1), ...options });
  return { time, device: model, line, link };
}

/** As `deploy` leaves it: in a slot, active, loaded. */
export function install(device: DeviceModel, wasm: Uint8Array): void {
  const n = device.slots.active === 0 ? 1 : 0;
  device.slots.erase(n);
  device.slots.write(n, 0, wasm);
  const info = new Uint8Array(36);
  new DataView(info.buffer).setUint32(0, wasm.length, true);
  new DataView(info.buffer).setUint32(4, crc32(wasm), true);
  device.slots.commit(n, info);
  device.restart(0);
}

export const slotInfo = (wasm: Uint8Array): SlotInfo => ({
  length: wasm.length,
  crc: crc32(wasm),
  energy: false,
  task: "none",
  conversion: "none",
  inputScale: 1,
  inputZero: 0,
  outputScale: 1,
  outputZero: 0,
  stepLimitMs: 1000,
});
