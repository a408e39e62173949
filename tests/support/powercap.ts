/** A powercap tree in a temporary folder, laid out as Linux does it, and time that only moves when told. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Every } from "../../host/power/polled.ts";
import type { Clock } from "../../host/units.ts";

/** µJ; a real one: 65.5 kJ, the smallest in use. */
export const RANGE_UJ = 65_532_610_987;

export type ZoneFiles = {
  readonly name?: string;
  readonly uj?: number | string;
  readonly range?: number | string;
};

export type Powercap = {
  /** /sys/class/powercap of it */
  readonly root: string;
  /** / of it */
  readonly computer: string;
  /** Sets the counter of a zone: "intel-rapl:0". */
  readonly set: (zone: string, uj: number | string) => void;
  readonly file: (zone: string, name: string) => string;
  readonly remove: () => void;
};

/**
 * /sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:0/…, and in /sys/class/powercap a link to each of
 * them, sub zones too.
 *
 * @param zones by their folder's name; undefined files do not exist
 */
export function powercap(zones: Readonly<Record<string, ZoneFiles>>): Powercap {
  const base = mkdtempSync(join(tmpdir(), "twentywatt-powercap-"));
  chmodSync(base, 0o755);
  const root = join(base, "sys/class/powercap");
  mkdirSync(root, { recursive: true });
  const folder = (zone: string): string => {
    const [control = "", ...numbers] = zone.split(":");
    const parents = numbers.map((_, k) => [control, ...numbers.slice(0, k + 1)].join(":"));
    return join(base, "devices", control, ...parents);
  };
  for (const [zone, { name, uj, range = RANGE_UJ }] of Object.entries(zones)) {
    mkdirSync(folder(zone), { recursive: true });
    symlinkSync(folder(zone), join(root, zone));
    const write = (file: string, content: number | string | undefined) => {
      if (content !== undefined) writeFileSync(join(folder(zone), file), `${content}\n`);
    };
    write("name", name);
    write("energy_uj", uj);
    write("max_energy_range_uj", range === "" ? undefined : range);
    write("enabled", 1);
  }
  return {
    root,
    computer: base,
    set: (zone, uj) => writeFileSync(join(folder(zone), "energy_uj"), `${uj}\n`),
    file: (zone, name) => join(folder(zone), name),
    remove: () => rmSync(base, { recursive: true }),
  };
}

export type FakeTime = {
  readonly clock: Clock;
  readonly every: Every;
  /** Lets time pass; timers that are due tick on the way, after `meanwhile` has heard how many seconds have passed. */
  readonly pass: (seconds: number, meanwhile?: (passed: number) => void) => void;
  /** The clock moves and no timer ticks: the process was busy. */
  readonly block: (seconds: number) => void;
  readonly timers: () => number;
};

export function fakeTime(): FakeTime {
  let ms = 5_000; // no clock starts at 0
  let running: { period: number; due: number; tick: () => void }[] = [];
  return {
    clock: { nowNs: () => BigInt(Math.round(ms * 1000)) * 1000n },
    every(period, tick) {
      const timer = { period, due: ms + period, tick };
      running.push(timer);
      return () => {
        running = running.filter((other) => other !== timer);
      };
    },
    pass(seconds, meanwhile = () => {}) {
      const from = ms;
      const until = ms + seconds * 1000;
      for (;;) {
        const next = running.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        ms = next.due;
        next.due += next.period;
        meanwhile((ms - from) / 1000);
        next.tick();
      }
      ms = until;
      meanwhile(seconds);
    },
    block(seconds) {
      ms += seconds * 1000;
      for (const timer of running) timer.due = Math.max(timer.due, ms + timer.period);
    },
    timers: () => running.length,
  };
}

const NOBODY = 65534;

/** Runs `body` as a user who is not root, whom permission bits concern. */
export function asOrdinaryUser<T>(body: () => T): T {
  if (process.geteuid?.() !== 0) return body();
  process.seteuid?.(NOBODY);
  try {
    return body();
  } finally {
    process.seteuid?.(0);
  }
}

/** The same until what `body` promises has come. */
export async function whileOrdinaryUser<T>(body: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return body();
  process.seteuid?.(NOBODY);
  try {
    return await body();
  } finally {
    process.seteuid?.(0);
  }
}
