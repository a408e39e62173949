/**
 * The estimate: the time that a machine worked × [low, high] watts of one busy core of its class. It reads no
 * instrument, so it must be asked for by name, and everything made of it stays tagged `estimated`. The time is that of
 * the processor, not of the clock on the wall: what else the machine does, and what the work waits for, costs nothing.
 */
import { fail } from "../errors.ts";
import { didYouMean } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { CORE_CLASSES, type CoreClassName, isCoreClass, isWithin } from "./core-classes.ts";
import { type Machine, thisComputer } from "./machine.ts";
import type { Meter } from "./meter.ts";

/**
 * @param name a class by name; without one, that of the machine. Raises METER_MISSING where it is not known, and where
 * it is another machine's: a class may say more than the machine does, never something else
 */
export function openEstimate(name: string | null, machine: Machine = thisComputer()): Meter {
  const coreClass = classFor(name, machine);
  const { title, lowWatts, highWatts, source } = CORE_CLASSES[coreClass];
  // bounds an order of magnitude apart: the geometric mean is as far from one as from the other
  const watts = Math.sqrt(lowWatts * highWatts);
  const workedNs = machine.countWork();
  let startNs: bigint | null = null;
  return {
    uri: name === null ? "estimate" : `estimate:${name}`,
    name: `estimate for one ${title}`,
    scope: "core",
    quality: "estimated",
    reads: false,
    doesNotInclude: machine.doesNotInclude,
    method: `${machine.time} × ${lowWatts} … ${highWatts} W (${source})`,
    async start() {
      startNs = await workedNs();
    },
    async stop() {
      const endNs = await workedNs();
      const ns = startNs === null || endNs === null ? 0n : endNs - startNs;
      const seconds = nanosecondsToSeconds(ns);
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

function classFor(name: string | null, { name: machine, coreClass }: Machine): CoreClassName {
  if (name !== null && !isCoreClass(name)) unknownClass(name);
  const uri = name === null ? "estimate" : `estimate:${name}`;
  if (typeof coreClass !== "string") {
    const got = `${machine}: ${coreClass.why}`;
    fail("METER_MISSING", `--meter ${uri}`, got, "a machine with figures", coreClass.remedy);
  }
  if (name === null || isWithin(name, coreClass)) return name ?? coreClass;
  return fail(
    "METER_MISSING",
    "--meter",
    `${uri}, but the work runs on ${machine}`,
    `estimate:${coreClass}`,
    "An estimate is of the machine that does the work: --meter estimate takes its class.",
  );
}

function unknownClass(name: string): never {
  return fail(
    "METER_MISSING",
    "--meter",
    `estimate:${name}`,
    `estimate, or estimate:CLASS with one of ${Object.keys(CORE_CLASSES).join(", ")}`,
    `${didYouMean(name, Object.keys(CORE_CLASSES))}--meter estimate takes the class of the machine that does the work; \`twentywatt help meters\` lists all.`,
  );
}
