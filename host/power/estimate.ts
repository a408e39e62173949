/**
 * The estimate: time × [low, high] watts of one busy core of this processor's class. It reads nothing, so it must be
 * asked for by name, and everything made of it stays tagged `estimated`.
 */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fail } from "../errors.ts";
import { type Clock, nanosecondsToSeconds, systemClock } from "../units.ts";
import type { Meter } from "./meter.ts";

type CoreClass = {
  readonly title: string;
  readonly lowWatts: number;
  readonly highWatts: number;
  /** where the bounds come from */
  readonly source: string;
};

/**
 * Bounds per busy core. x86: makers' rated power over cores, from the most frugal part of the class to the one that
 * gives a core most; ÷ 8 where only the 8 performance cores can draw it. Not measurements of this computer.
 */
export const CORE_CLASSES = {
  "x86-laptop": {
    title: "x86 laptop core",
    lowWatts: 1.5,
    highWatts: 20,
    source:
      "makers' ratings: Core i7-1265U 15 W / 10 cores … Core i9-13980HX 157 W / 8 performance cores",
  },
  "x86-desktop": {
    title: "x86 desktop core",
    lowWatts: 1.5,
    highWatts: 30,
    source:
      "makers' ratings: Core i9-13900T 35 W / 24 cores … Core i9-12900K 241 W / 8 performance cores",
  },
  "x86-server": {
    title: "x86 server core",
    lowWatts: 2.6,
    highWatts: 20,
    source: "makers' ratings: EPYC 9965 500 W / 192 cores … EPYC 9174F 320 W / 16 cores",
  },
  "x86-other": {
    title: "x86 core of unknown kind",
    lowWatts: 0.5,
    highWatts: 40,
    source:
      "reasoned: from a core of a tablet's processor to the only busy one of a desktop's; no source for this processor",
  },
  "cortex-a72": {
    title: "Cortex-A72 core",
    lowWatts: 0.5,
    highWatts: 1.5,
    source:
      "Raspberry Pi 4: (6.4 − 2.7) W of the board from idle to four busy cores, 0.9 W each, ± 60 %",
  },
  "cortex-a76": {
    title: "Cortex-A76 core",
    lowWatts: 1,
    highWatts: 3.5,
    source:
      "Raspberry Pi 5: (9.8 − 1.3) W on VDD_CORE from idle to full load, 2.1 W per core, ± 60 %",
  },
  "arm-other": {
    title: "Arm core of unknown kind",
    lowWatts: 0.2,
    highWatts: 10,
    source:
      "reasoned: from a small in-order core to one of a desktop processor; no source for this processor",
  },
  microcontroller: {
    title: "microcontroller",
    lowWatts: 0.01,
    highWatts: 0.5,
    source:
      "reasoned: 3 mA … 150 mA at 3.3 V, from a low-power Cortex-M4 to an ESP32 without radio",
  },
} as const satisfies Record<string, CoreClass>;

export type CoreClassName = keyof typeof CORE_CLASSES;

export type Processor = {
  readonly arch: string;
  /** as the operating system names it */
  readonly model: string;
  /** /proc/cpuinfo, or "" */
  readonly cpuinfo: string;
};

/** @param name a class by name; without one, that of this processor. Raises METER_MISSING where it is not known. */
export function openEstimate(
  name: string | null,
  clock: Clock = systemClock,
  processor: Processor = thisProcessor(),
): Meter {
  const known = Object.keys(CORE_CLASSES).join(", ");
  const found = name ?? coreClassOf(processor);
  if (found === null) {
    const remedy = `Name the closest class: --meter estimate:CLASS with one of ${known}.`;
    fail("METER_MISSING", "estimate", processor.arch, "a processor with figures", remedy);
  }
  if (!Object.hasOwn(CORE_CLASSES, found)) {
    fail("METER_MISSING", "estimate", found, `one of ${known}`, "Name one of these classes.");
  }
  const { title, lowWatts, highWatts, source } = CORE_CLASSES[found as CoreClassName];
  // bounds an order of magnitude apart: the geometric mean is as far from one as from the other
  const watts = Math.sqrt(lowWatts * highWatts);
  let startNs = clock.nowNs();
  return {
    uri: name === null ? "estimate" : `estimate:${name}`,
    name: `estimate for one ${title}`,
    scope: "core",
    quality: "estimated",
    doesNotInclude: ["the other cores", "memory", "board", "power supply losses"],
    method: `time × ${lowWatts} … ${highWatts} W (${source})`,
    async start() {
      startNs = clock.nowNs();
    },
    async stop() {
      const seconds = nanosecondsToSeconds(clock.nowNs() - startNs);
      const joules = {
        value: seconds * watts,
        low: seconds * lowWatts,
        high: seconds * highWatts,
      };
      return { seconds, joules, samples: 0, coverage: 0 };
    },
    async close() {},
  };
}

/** Null where not even wide bounds are known. */
export function coreClassOf({ arch, model, cpuinfo }: Processor): CoreClassName | null {
  if (arch === "x64" || arch === "ia32") return x86ClassOf(model);
  if (arch !== "arm64" && arch !== "arm") return null;
  const part = /CPU part\s*:\s*(0x[0-9a-f]+)/i.exec(cpuinfo)?.[1];
  if (part === "0xd08" || /Cortex-A72/.test(model)) return "cortex-a72";
  if (part === "0xd0b" || /Cortex-A76/.test(model)) return "cortex-a76";
  return "arm-other";
}

/** Suffixes of mobile parts: i7-1265U, i7-1165G7, i5-7Y54, 5900HS, 4702MQ, 258V; the N series; Ryzen AI. */
const MOBILE = /\d{3}(?:N?G\d|[UHPVYM]|H[XKSQ]|M[XQ])\b|\dY\d\d\b|\bN\d{2,4}\b|\bRyzen AI\b/;
/** Families whose parts without such a suffix are desktop's; the names of virtual processors are not among them. */
const DESKTOP = /\bCore\(TM\) (?:i[3579]-|Ultra |[3579] )|\bRyzen\b/;

function x86ClassOf(model: string): CoreClassName {
  const name = model.replace(/\bRadeon\b.*/, ""); // its graphics have suffixes of their own: 8600G w/ Radeon 760M
  if (/\b(?:EPYC|Xeon|Opteron)\b/.test(name)) return "x86-server";
  if (MOBILE.test(name)) return "x86-laptop";
  return DESKTOP.test(name) ? "x86-desktop" : "x86-other";
}

function thisProcessor(): Processor {
  let cpuinfo = "";
  try {
    cpuinfo = readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // not Linux: the model name has to do
  }
  return { arch: process.arch, model: cpus()[0]?.model ?? "", cpuinfo };
}
