/**
 * RAPL: the processor's own energy counters, through Linux's powercap. Intel and AMD use the same names.
 *
 *   ROOT/intel-rapl:0/{name,energy_uj,max_energy_range_uj}     name: package-0, package-0-die-1, psys
 *   ROOT/intel-rapl:0/intel-rapl:0:0/…                         core, uncore: parts of the package; dram: beside it
 *   ROOT/intel-rapl-mmio:0/…                                   package-0 once more: never added to the first
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { namesIn, textOf } from "../linux/files.ts";
import { at } from "../model/at.ts";
import { type Clock, microjoulesToJoules, nanosecondsToSeconds, systemClock } from "../units.ts";
import type { PowerFacts, PowerMeter, Scope } from "./meter.ts";
import { type Every, inBackground } from "./polled.ts";
import { SampleQueue } from "./sample-queue.ts";

export const POWERCAP = "/sys/class/powercap";

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
/** A counter of 61 µJ per bit that stands still for this long would mean less than 1 mW: it does not count (virtual machines). */
const STILL_SECONDS = 0.1;
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
export function openRapl(which: RaplZone, options: RaplOptions = {}): PowerMeter {
  const { root = POWERCAP, clock = systemClock, every = inBackground } = options;
  const zones = topZones(root).filter(({ name }) => name.startsWith(which));
  if (zones.length === 0) missing(which, root);
  const counters = zones.map((zone) => openCounter(zone));
  const parts = [...new Set(zones.flatMap(({ subzones }) => subzones))];
  const name = `RAPL ${zones.map((zone) => zone.name).join(" + ")}`;
  const files = zones.map(({ folder }) => join(folder, "energy_uj")).join(" + ");

  const described = {
    name: parts.length > 0 ? `${name} (sub zones not added: ${parts.join(", ")})` : name,
    method: `difference of ${files}`,
  };
  return meterOfCounters(which, described, counters, { clock, every });
}

/** The same counters may be read in more than one way. */
export function meterOfCounters(
  which: RaplZone,
  { name, method }: Pick<PowerFacts, "name" | "method">,
  counters: readonly RaplCounter[],
  { clock, every }: { readonly clock: Clock; readonly every: Every },
): PowerMeter {
  const queue = new SampleQueue();
  const poll = poller(clock, counters, queue);
  let stopPolling: (() => void) | null = null;
  return {
    facts: {
      uri: which === "package" ? "rapl" : `rapl:${which}`,
      name,
      ...SCOPES[which],
      quality: "derived",
      reads: true,
      method: `${method}, read every ${POLL_MS} ms, ± one update of 1 ms at each end`,
      accuracy: { gain: 0, offsetWatts: 0, timeSeconds: UPDATE_SECONDS, integrates: true },
      sampleRateHz: 1000 / POLL_MS,
      gapSeconds: (2 * POLL_MS) / 1000,
      notes: [],
    },
    samples() {
      stopPolling ??= every(POLL_MS, () => quietly(poll));
      return queue;
    },
    readNow: poll,
    async close() {
      stopPolling?.();
      queue.end();
    },
  };
}

/** Every zone without a parent. A memory-mapped one counts only where the MSR interface has none of its name. */
function topZones(root: string): Zone[] {
  const zones = zonesOf(root, /^intel-rapl:\d+$/);
  const twins = zonesOf(root, /^intel-rapl-mmio:\d+$/);
  return [...zones, ...twins.filter(({ name }) => zones.every((zone) => zone.name !== name))];
}

function zonesOf(root: string, pattern: RegExp): Zone[] {
  const entries = namesIn(root, ".").filter((entry) => pattern.test(entry));
  return entries.flatMap((entry) => {
    const folder = join(root, entry);
    const name = textOf(folder, "name");
    return name === null ? [] : [{ name, folder, subzones: subzoneNames(folder, MAX_DEPTH) }];
  });
}

function subzoneNames(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  const entries = namesIn(folder, ".").filter((entry) =>
    /^intel-rapl(-mmio)?(:\d+){2,}$/.test(entry),
  );
  return entries.flatMap((entry) => {
    const inner = join(folder, entry);
    return [textOf(inner, "name") ?? entry, ...subzoneNames(inner, depth - 1)];
  });
}

export type RaplCounter = {
  /** where it turns; null: it does not */
  readonly rangeUj: number | null;
  readonly readUj: () => number;
};

function openCounter({ folder }: Zone): RaplCounter {
  const file = join(folder, "energy_uj");
  const rangeFile = join(folder, "max_energy_range_uj");
  const rangeUj = count(textOf(folder, "max_energy_range_uj") ?? "");
  const readUj = (): number => {
    let content: string;
    try {
      content = readFileSync(file, "utf8").trim();
    } catch (cause) {
      return unreadable(file, cause);
    }
    const uj = count(content);
    if (uj === null || (rangeUj && uj > rangeUj)) {
      return fail(
        "METER_MISSING",
        file,
        JSON.stringify(content),
        "microjoules, at most max_energy_range_uj",
      );
    }
    return uj;
  };
  readUj(); // whoever may not read it hears that first
  if (!rangeUj) {
    const found = JSON.stringify(textOf(folder, "max_energy_range_uj"));
    return fail("METER_MISSING", rangeFile, found, "microjoules after which the counter turns");
  }
  return { rangeUj, readUj };
}

const count = (digits: string): number | null =>
  /^\d{1,15}$/.test(digits) ? Number(digits) : null;

/**
 * Reads what the counters gained since the last reading, as a mean over that time. An interval that may hide a whole turn,
 * or in which a counter did not count, has no mean: the next reading begins at its end. Between two updates a counter
 * stands still too: that is no reading of 0 W, and the next one begins where this one did.
 *
 * @returns a function that reads now and says when that was
 */
function poller(clock: Clock, counters: readonly RaplCounter[], queue: SampleQueue): () => bigint {
  let lastUj = counters.map(({ readUj }) => readUj());
  let lastNs = clock.nowNs();
  queue.push({ tNs: lastNs, watts: 0, seconds: 0, lost: 0 });
  return () => {
    const nowUj = counters.map(({ readUj }) => readUj());
    const tNs = clock.nowNs();
    const seconds = nanosecondsToSeconds(tNs - lastNs);
    const gainsUj = counters.map(({ rangeUj }, k) => {
      const [from, to] = [at(lastUj, k), at(nowUj, k)];
      return to >= from || rangeUj === null ? to - from : to + rangeUj - from;
    });
    // what does not turn does not count back either: it is another counter since
    const turned = counters.some(({ rangeUj }, k) =>
      rangeUj === null ? at(gainsUj, k) < 0 : seconds * MAX_WATTS >= microjoulesToJoules(rangeUj),
    );
    const stands = gainsUj.includes(0);
    const joules = microjoulesToJoules(gainsUj.reduce((sum, uj) => sum + uj, 0));
    const gap = turned || (stands && seconds >= STILL_SECONDS);
    if (gap || !stands) {
      lastUj = nowUj;
      lastNs = tNs;
    }
    if (gap) queue.push({ tNs, watts: 0, seconds: 0, lost: 1 });
    else if (stands) queue.push({ tNs, watts: 0, seconds: 0, lost: 0 });
    else queue.push({ tNs, watts: joules / seconds, seconds, lost: 0 });
    return tNs;
  };
}

/** A timer has nobody to raise a problem to. A reading that fails only makes the interval longer; readNow() raises its own. */
function quietly(poll: () => bigint): void {
  try {
    poll();
  } catch {
    // the next reading covers this interval too
  }
}

function missing(which: RaplZone, root: string): never {
  return fail(
    "METER_MISSING",
    `rapl ${root}`,
    "no RAPL zone",
    `a zone named ${which}${which === "package" ? "-N" : ""}`,
    "Virtual machines and processors other than x86 have none: run on the computer itself, or ask for an estimate with " +
      "--meter estimate.",
  );
}

/** Readable by root only since Linux 5.10 (CVE-2020-8694): the fix is the owner's decision and must survive a boot. */
function unreadable(file: string, cause: unknown): never {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an error";
  if (code !== "EACCES" && code !== "EPERM") {
    return fail("METER_MISSING", file, code, "a readable counter", undefined, { cause });
  }
  const control = file.includes("intel-rapl-mmio:") ? "intel-rapl-mmio" : "intel-rapl";
  const rule = `z /sys/devices/virtual/powercap/${control}/${control}:*/energy_uj 0444 root root -`;
  return fail(
    "METER_MISSING",
    file,
    `${code}, readable by root only`,
    "permission to read it",
    `As root: echo '${rule}' > /etc/tmpfiles.d/twentywatt-rapl.conf && systemd-tmpfiles --create. Every user of this ` +
      "computer can then read its power (CVE-2020-8694). Or run this as root, or ask for an estimate with --meter " +
      "estimate.",
    { cause },
  );
}
