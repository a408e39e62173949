/**
 * RAPL: the processor's own energy counters, through Linux's powercap. Intel and AMD use the same names.
 *
 *   ROOT/intel-rapl:0/{name,energy_uj,max_energy_range_uj}     name: package-0, psys
 *   ROOT/intel-rapl:0/intel-rapl:0:0/…                         core, uncore, dram: parts of, or beside, the package
 *   ROOT/intel-rapl-mmio:0/…                                   package-0 once more: never added to the first
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { type Clock, microjoulesToJoules, nanosecondsToSeconds, systemClock } from "../units.ts";
import type { Meter, Scope } from "./meter.ts";

export const POWERCAP = "/sys/class/powercap";

/** Calls `tick` every `ms` until the returned function is called. */
export type Every = (ms: number, tick: () => void) => () => void;

export type RaplOptions = {
  readonly root?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
};

/** `package`: the processors of all sockets. `psys`: the platform, where the firmware offers it. */
export type RaplZone = "package" | "psys";

/** The smallest range seen, 65.5 kJ, lasts 65 s at the 1 kW assumed below. */
const POLL_MS = 1000;
/** No package draws more: an interval that could have held a whole turn of the counter at this power is a gap. */
const MAX_WATTS = 1000;
/** The counters are refreshed about once per millisecond (Intel SDM vol. 3B, "RAPL interfaces"). */
const UPDATE_SECONDS = 0.001;
const MAX_DEPTH = 3;

const SCOPES: Record<RaplZone, { readonly scope: Scope; readonly doesNotInclude: string[] }> = {
  package: {
    scope: "soc",
    doesNotInclude: ["memory", "board", "storage", "USB", "power supply losses"],
  },
  psys: {
    scope: "board",
    doesNotInclude: ["what the board's maker left out", "power supply losses"],
  },
};

type Zone = {
  readonly name: string;
  readonly folder: string;
  readonly subzones: readonly string[];
};

/** Raises METER_MISSING where there is no such zone or no permission to read it. Changes no modes. */
export function openRapl(which: RaplZone, options: RaplOptions = {}): Meter {
  const { root = POWERCAP, clock = systemClock, every = inBackground } = options;
  const zones = topZones(root).filter(({ name }) => name.startsWith(which));
  if (zones.length === 0) missing(which, root);
  const counters = zones.map((zone) => openCounter(zone));
  const parts = zones.flatMap(({ subzones }) => subzones);
  const name = `RAPL ${zones.map((zone) => zone.name).join(" + ")}`;

  let stopPolling: (() => void) | null = null;
  let window = newWindow(clock, counters);
  const end = (): void => {
    stopPolling?.();
    stopPolling = null;
  };
  return {
    uri: which === "package" ? "rapl" : `rapl:${which}`,
    name: parts.length > 0 ? `${name} (zones inside: ${[...new Set(parts)].join(", ")})` : name,
    ...SCOPES[which],
    quality: "derived",
    method: `difference of ${root}/intel-rapl:*/energy_uj, read every ${POLL_MS} ms, ± one update of 1 ms at each end`,
    async start() {
      end();
      window = newWindow(clock, counters);
      stopPolling = every(POLL_MS, () => poll(window, clock, counters));
    },
    async stop() {
      end();
      poll(window, clock, counters);
      const seconds = nanosecondsToSeconds(window.lastNs - window.startNs);
      const error = seconds > 0 ? (2 * UPDATE_SECONDS * window.joules) / seconds : 0;
      return {
        seconds,
        joules: {
          value: window.joules,
          low: Math.max(0, window.joules - error),
          high: window.joules + error,
        },
        samples: window.samples,
        coverage: seconds > 0 ? 1 - window.gapSeconds / seconds : 0,
      };
    },
    async close() {
      end();
    },
  };
}

/** Every zone without a parent, one per name: the MSR interface before its memory-mapped twin. */
function topZones(root: string): Zone[] {
  const byName = new Map<string, Zone>();
  for (const control of ["intel-rapl", "intel-rapl-mmio"]) {
    const entries = list(root).filter((entry) => new RegExp(`^${control}:\\d+$`).test(entry));
    for (const entry of entries.sort(byNumber)) {
      const folder = join(root, entry);
      const name = text(folder, "name");
      if (name === null || byName.has(name)) continue;
      byName.set(name, { name, folder, subzones: subzoneNames(folder, MAX_DEPTH) });
    }
  }
  return [...byName.values()];
}

function subzoneNames(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  const entries = list(folder).filter((entry) => /^intel-rapl(-mmio)?(:\d+){2,}$/.test(entry));
  return entries.sort(byNumber).flatMap((entry) => {
    const inner = join(folder, entry);
    return [text(inner, "name") ?? entry, ...subzoneNames(inner, depth - 1)];
  });
}

const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

type Counter = { readonly rangeUj: number; readonly readUj: () => number };

function openCounter({ folder, name }: Zone): Counter {
  const file = join(folder, "energy_uj");
  const readUj = (): number => {
    let content: string;
    try {
      content = readFileSync(file, "utf8").trim();
    } catch (cause) {
      return unreadable(file, cause);
    }
    return count(content) ?? fail("METER_MISSING", file, JSON.stringify(content), "microjoules");
  };
  readUj();
  const range = text(folder, "max_energy_range_uj");
  const rangeUj = count(range ?? "");
  if (!rangeUj) {
    return fail(
      "METER_MISSING",
      `${name}/max_energy_range_uj`,
      `${range ?? "nothing"}`,
      "its range",
    );
  }
  return { rangeUj, readUj };
}

const count = (digits: string): number | null =>
  /^\d{1,15}$/.test(digits) ? Number(digits) : null;

type Window = {
  readonly startNs: bigint;
  lastNs: bigint;
  lastUj: number[];
  joules: number;
  gapSeconds: number;
  samples: number;
};

function newWindow(clock: Clock, counters: readonly Counter[]): Window {
  const lastUj = counters.map(({ readUj }) => readUj());
  const now = clock.nowNs();
  return { startNs: now, lastNs: now, lastUj, joules: 0, gapSeconds: 0, samples: 0 };
}

/** Adds what the counters gained since the last reading; an interval that may hide a whole turn becomes a gap. */
function poll(window: Window, clock: Clock, counters: readonly Counter[]): void {
  const nowUj = counters.map(({ readUj }) => readUj());
  const nowNs = clock.nowNs();
  const seconds = nanosecondsToSeconds(nowNs - window.lastNs);
  const safe = counters.every(({ rangeUj }) => seconds * MAX_WATTS < microjoulesToJoules(rangeUj));
  if (safe) {
    counters.forEach(({ rangeUj }, k) => {
      const [from, to] = [window.lastUj[k] ?? 0, nowUj[k] ?? 0];
      window.joules += microjoulesToJoules(to >= from ? to - from : to + rangeUj - from);
    });
  } else {
    window.gapSeconds += seconds;
  }
  window.lastUj = nowUj;
  window.lastNs = nowNs;
  window.samples += 1;
}

/** Does not keep the process alive. */
const inBackground: Every = (ms, tick) => {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
};

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function text(folder: string, file: string): string | null {
  try {
    return readFileSync(join(folder, file), "utf8").trim();
  } catch {
    return null;
  }
}

function missing(which: RaplZone, root: string): never {
  return fail(
    "METER_MISSING",
    `rapl ${root}`,
    "no RAPL zone",
    `a zone named ${which}${which === "package" ? "-N" : ""}`,
    "Virtual machines and processors other than x86 have none: run on the computer itself, attach an external meter, " +
      "or ask for an estimate with --meter estimate.",
  );
}

/** Readable by root only since Linux 5.10 (CVE-2020-8694): the fix is the owner's decision and must survive a boot. */
function unreadable(file: string, cause: unknown): never {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an error";
  if (code !== "EACCES" && code !== "EPERM") {
    return fail("METER_MISSING", file, code, "a readable counter", undefined, { cause });
  }
  const rule = "z /sys/devices/virtual/powercap/intel-rapl/intel-rapl:*/energy_uj 0444 root root -";
  return fail(
    "METER_MISSING",
    file,
    `${code}, readable by root only`,
    "permission to read it",
    `As root: echo '${rule}' > /etc/tmpfiles.d/twentywatt-rapl.conf && systemd-tmpfiles --create. Every user of this ` +
      "computer can then read its power (CVE-2020-8694). Or run this as root.",
    { cause },
  );
}
