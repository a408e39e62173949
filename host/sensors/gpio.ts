/**
 * gpio:…: a line as a source of events, or as an output. The character device comes first, onoff after it; what kept each
 * of them from working is said together.
 *
 * Events carry the kernel's CLOCK_MONOTONIC, which is the system clock of host/units.ts: a sensor opened with another
 * clock gets the kernel's times all the same.
 */
import { fail, type Problem, TwentyWattError } from "../errors.ts";
import { parseUri, type Uri } from "../uri.ts";
import { characterDevice } from "./gpio-character.ts";
import { characterChips, sysfsChips } from "./gpio-chips.ts";
import { type Answer, type GpioBackend, type GpioHost, thisComputer } from "./gpio-host.ts";
import { onoffPackage } from "./gpio-onoff.ts";
import { gpioPlace, inputUse, outputUse } from "./gpio-uri.ts";
import type { SensorOptions } from "./open.ts";
import type { EventBlock, Sensor } from "./sensor.ts";

const BACKENDS: readonly GpioBackend[] = [characterDevice, onoffPackage];

/**
 * Changes of a line.
 *
 * @throws SENSOR_MISSING with one problem for each way that does not lead there, DEVICE_BUSY, USAGE
 */
export async function openGpio(
  uri: Uri,
  { clock, waitUntil, say }: SensorOptions,
  host: GpioHost = thisComputer,
): Promise<Sensor<EventBlock>> {
  const place = gpioPlace(uri);
  const use = inputUse(uri);
  const { line, missed } = await first(uri, (backend) => backend.openInput(place, use, host));
  const edges = use.edge === "both" ? "both edges" : `${use.edge} edges`;
  say(`${uri.text}: ${place.name}: ${line.found}; ${edges}; level ${line.level}${missed}`);
  const closed = new AbortController();
  return {
    ...{ uri: uri.text, name: place.name, evidence: null },
    describe: () => ({ channels: [{ name: place.name, unit: "" }], sampleRateHz: null }),
    async close() {
      closed.abort();
      line.close();
    },
    [Symbol.asyncIterator]: () => line.events({ clock, waitUntil, closed: closed.signal }),
  };
}

/** A line that this program sets: an actuator, or a marker that an instrument records. */
export type GpioOutput = {
  readonly uri: string;
  readonly name: string;
  /** @param level 1 is active. It is there when the call returns. */
  readonly write: (level: 0 | 1) => void;
  /** Sets its initial level again, so that nothing stays on, and gives the line back; harmless when called twice. */
  readonly close: () => Promise<void>;
};

/**
 * @param text gpio:… with active=low and initial=0|1
 * @throws SENSOR_MISSING with one problem for each way that does not lead there, DEVICE_BUSY, USAGE
 */
export async function openGpioOutput(
  text: string,
  { say }: Pick<SensorOptions, "say">,
  host: GpioHost = thisComputer,
): Promise<GpioOutput> {
  const uri = parseUri(text);
  if (uri?.kind !== "gpio") return fail("USAGE", text, "no GPIO line", "gpio:…");
  const place = gpioPlace(uri);
  const use = outputUse(uri);
  const { line, missed } = await first(uri, (backend) => backend.openOutput(place, use, host));
  say(`${text}: ${place.name}: ${line.found}; an output, level ${use.initial}${missed}`);
  let open = true;
  return {
    ...{ uri: text, name: place.name },
    write(level) {
      if (open) line.write(level);
    },
    async close() {
      if (!open) return;
      open = false;
      try {
        line.write(use.initial);
      } finally {
        line.close();
      }
    },
  };
}

async function first<Line>(
  { text }: Uri,
  open: (backend: GpioBackend) => Promise<Answer<Line>>,
): Promise<{ readonly line: Line; readonly missed: string }> {
  const problems: Problem[] = [];
  for (const backend of BACKENDS) {
    const answer = await open(backend);
    if ("refused" in answer) {
      problems.push({ ...answer.refused, where: `${text}, ${backend.name}` });
      continue;
    }
    const missed = problems.map(({ got, remedy }) => `; ${got}: ${remedy}`).join("");
    return { line: answer.line, missed };
  }
  throw new TwentyWattError(problems);
}

export type GpioSupport = {
  readonly chips: readonly {
    readonly chip: string;
    readonly label: string;
    readonly lines: number;
    /** where sysfs counts its lines from; null where it does not have them */
    readonly base: number | null;
    readonly backend: string;
  }[];
  readonly backends: readonly { readonly name: string; readonly problem: Problem | null }[];
};

/** What doctor tells. Nothing is opened for longer than a question takes, and nothing is changed. */
export async function gpioSupport(host: GpioHost = thisComputer): Promise<GpioSupport> {
  const backends: { name: string; problem: Problem | null }[] = [];
  for (const { name, probe } of BACKENDS) backends.push({ name, problem: await probe(host) });
  const calls = await host.systemCalls().catch(() => null);
  const sysfs = sysfsChips(host.root);
  const seen = calls === null ? [] : characterChips(calls, host.root).chips;
  const baseOf = (label: string): number | null =>
    sysfs.find((chip) => chip.label === label)?.base ?? null;
  const others = sysfs.filter(({ label }) => !seen.some((chip) => chip.label === label));
  return {
    backends,
    chips: [
      ...seen.map(({ name, label, lines }) => ({
        ...{ chip: name, label, lines, base: baseOf(label), backend: characterDevice.name },
      })),
      ...others.map(({ name, label, lines, base }) => ({
        ...{ chip: name, label, lines, base, backend: onoffPackage.name },
      })),
    ],
  };
}
