/**
 * RAPL through perf: the same counters of the processor as powercap's, for those who may not read powercap's files but may use
 * perf. One descriptor a package; its counts are 64 bits and do not turn.
 *
 *   sys/bus/event_source/devices/power/events/{energy-pkg,energy-psys}
 */
import { fail } from "../errors.ts";
import { loadPerfCalls } from "../linux/libc.ts";
import {
  openCounter,
  type PerfCounter,
  type PerfEvent,
  perfEvent,
  perfParanoid,
} from "../linux/perf.ts";
import { codeOf, type PerfCalls } from "../linux/system-calls.ts";
import { systemClock } from "../units.ts";
import type { PowerMeter } from "./meter.ts";
import { inBackground } from "./polled.ts";
import { meterOfCounters, type RaplOptions, type RaplZone } from "./rapl.ts";

export type RaplPerfOptions = RaplOptions & {
  /** default: that of this computer, loaded where there is something to count */
  readonly perf?: PerfCalls | undefined;
};

const PMU = "power";
const EVENTS: Readonly<Record<RaplZone, string>> = { package: "energy-pkg", psys: "energy-psys" };
const MICROJOULES = 1e6;
/** Users without rights of their own may count what a whole processor does up to here. */
const OPEN_TO_USERS = 0;

/**
 * @returns null where this kernel has no such event
 * @throws METER_MISSING where this user may not count it
 */
export async function openRaplPerf(
  which: RaplZone,
  { root = "/", clock = systemClock, every = inBackground, perf }: RaplPerfOptions = {},
): Promise<PowerMeter | null> {
  const event = perfEvent(root, PMU, EVENTS[which]);
  if (event?.unit !== "Joules") return null;
  const calls = perf ?? (await loadPerfCalls());
  const counters: PerfCounter[] = [];
  const close = () => {
    for (const counter of counters) counter.close();
  };
  try {
    for (const cpu of event.cpus) counters.push(openCounter(calls, event, cpu));
  } catch (cause) {
    close();
    return refused(root, event, cause);
  }
  const processors = `processor${event.cpus.length > 1 ? "s" : ""} ${event.cpus.join(", ")}`;
  const meter = meterOfCounters(
    which,
    {
      name: `RAPL ${event.name} through perf, ${processors}`,
      method: `difference of ${PMU}/${event.name}/ of perf on ${processors}`,
    },
    counters.map((counter) => ({
      rangeUj: null,
      readUj: () => Number(counter.count()) * event.scale * MICROJOULES,
    })),
    { clock, every },
  );
  return {
    ...meter,
    async close() {
      await meter.close();
      close();
    },
  };
}

function refused(root: string, { name }: PerfEvent, cause: unknown): never {
  const code = codeOf(cause);
  if (code === null) throw cause;
  const where = `perf ${PMU}/${name}/`;
  if (code !== "EACCES" && code !== "EPERM") {
    return fail("METER_MISSING", where, code, "an event that can be counted", undefined, { cause });
  }
  const paranoid = perfParanoid(root);
  const now = paranoid === null ? "" : `, as kernel.perf_event_paranoid is ${paranoid}`;
  const remedy =
    paranoid !== null && paranoid <= OPEN_TO_USERS
      ? "A container or the kernel's lockdown forbids it: run on the computer itself."
      : `As root: echo 'kernel.perf_event_paranoid = ${OPEN_TO_USERS}' > /etc/sysctl.d/90-twentywatt-perf.conf && sysctl -p /etc/sysctl.d/90-twentywatt-perf.conf. ` +
        "Every user of this computer can then watch what its processors do.";
  return fail("METER_MISSING", where, `${code}${now}`, "permission to count it", remedy, { cause });
}
