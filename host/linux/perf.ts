/**
 * Counters of the kernel's perf: which there are stands in sysfs, and a descriptor counts one of them on one processor
 * (linux/perf_event.h).
 *
 *   sys/bus/event_source/devices/PMU/{type,cpumask}                 9    0,24
 *   sys/bus/event_source/devices/PMU/format/event                   config:0-7
 *   sys/bus/event_source/devices/PMU/events/NAME                    event=0x02
 *   sys/bus/event_source/devices/PMU/events/NAME.{scale,unit}       2.3283064365386962890625e-10    Joules
 */
import { closeSync, readSync } from "node:fs";
import { textOf } from "./files.ts";
import { layout, readU64, writeU32, writeU64 } from "./layout.ts";
import type { PerfCalls } from "./system-calls.ts";

/** Of its first version, PERF_ATTR_SIZE_VER0, which every kernel takes. */
export const PERF_ATTRIBUTES = layout("perf_event_attr", 64, {
  ...{ type: [0, 4], size: [4, 4], config: [8, 8] },
  ...{ sample_period: [16, 8], sample_type: [24, 8], read_format: [32, 8] },
});

export type PerfEvent = {
  readonly name: string;
  readonly type: number;
  readonly config: bigint;
  /** of a count, in `unit` */
  readonly scale: number;
  readonly unit: string;
  /** where it counts: one for each package */
  readonly cpus: readonly number[];
};

const ROOM = "sys/bus/event_source/devices";

/** @returns null where there is no such event, or what stands there is no description of one */
export function perfEvent(root: string, pmu: string, name: string): PerfEvent | null {
  const text = (file: string): string => textOf(root, `${ROOM}/${pmu}/${file}`) ?? "";
  const [type, event] = [text("type"), text(`events/${name}`)];
  const [, code] = /^event=(0x[0-9a-f]{1,8})$/i.exec(event) ?? [];
  // the only field that this kind of events has, in its lowest bits
  const plain = /^config:0-\d+$/.test(text("format/event"));
  const scale = Number(text(`events/${name}.scale`));
  const cpus = cpusIn(text("cpumask"));
  const known = code !== undefined && plain && /^\d{1,6}$/.test(type) && cpus.length > 0;
  if (!known || !(scale > 0 && Number.isFinite(scale))) return null;
  const unit = text(`events/${name}.unit`);
  return { name, type: Number(type), config: BigInt(code), scale, unit, cpus };
}

/** "0,24" and "0-1,8"; none where it is no such list. */
function cpusIn(text: string): number[] {
  if (!/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(text)) return [];
  return text.split(",").flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number) as [number, number?];
    return Array.from({ length: Math.max(0, Number(to) - from + 1) }, (_, k) => from + k);
  });
}

export type PerfCounter = {
  /** @throws the kernel's error */
  readonly count: () => bigint;
  readonly close: () => void;
};

/** @throws the kernel's error: EACCES where this user may not count what a whole processor does */
export function openCounter(calls: PerfCalls, event: PerfEvent, cpu: number): PerfCounter {
  const { size, fields } = PERF_ATTRIBUTES;
  const attributes = new Uint8Array(size);
  writeU32(attributes, fields.type, event.type);
  writeU32(attributes, fields.size, size);
  writeU64(attributes, fields.config, event.config);
  const fd = calls.perfEventOpen(attributes, EVERY_PROCESS, cpu);
  let open = true;
  return {
    count() {
      const bytes = new Uint8Array(8);
      readSync(fd, bytes);
      return readU64(bytes, { at: 0, bytes: 8 });
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

const EVERY_PROCESS = -1;

/** What the kernel lets users without rights of their own count; null where it does not say. */
export function perfParanoid(root: string): number | null {
  const text = textOf(root, "proc/sys/kernel/perf_event_paranoid") ?? "";
  return /^-?\d{1,3}$/.test(text) ? Number(text) : null;
}
