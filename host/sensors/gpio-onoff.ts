/**
 * Lines through sysfs, with the package onoff: for kernels without character devices. An interrupt only makes it read the
 * level again, so that a burst becomes one event, with the time at which JavaScript came to it.
 */
import { fail } from "../errors.ts";
import { accessRemedy } from "../linux/files.ts";
import { codeOf } from "../linux/system-calls.ts";
import { chipOf, chipsHere, expectedChip, type SysfsChip, sysfsChips } from "./gpio-chips.ts";
import {
  type Answer,
  type GpioBackend,
  type GpioHost,
  type InputLine,
  type OutputLine,
  refused,
  type Waiting,
} from "./gpio-host.ts";
import type { GpioPlace, InputUse, OutputUse } from "./gpio-uri.ts";
import { LevelEvents } from "./level-events.ts";
import type { EventBlock } from "./sensor.ts";

const NAME = "onoff";
type Onoff = typeof import("onoff");
type Line = InstanceType<Onoff["Gpio"]>;

export const onoffPackage: GpioBackend = {
  name: NAME,
  async openInput(place, use, host) {
    if (use.bias !== null || use.debounceUs > 0) {
      const got = "a bias or a debounce time";
      const remedy = "Leave them out, or see to the character device.";
      return refused(NAME, got, "what sysfs can do", remedy);
    }
    const found = await find(place, host);
    return "refused" in found ? found : inputLine(found.line, place, use, host);
  },
  async openOutput(place, use, host) {
    const found = await find(place, host);
    return "refused" in found ? found : outputLine(found.line, place, use, host);
  },
  async probe(host) {
    const answer = await onoffHere(host, sysfsChips(host.root));
    return "refused" in answer ? answer.refused : null;
  },
};

type Found = {
  readonly onoff: Onoff;
  readonly chip: SysfsChip;
  /** base + offset: what onoff writes to /sys/class/gpio/export */
  readonly number: number;
};

async function find(place: GpioPlace, host: GpioHost): Promise<Answer<Found>> {
  const chips = sysfsChips(host.root);
  const onoff = await onoffHere(host, chips);
  if ("refused" in onoff) return onoff;
  const chip = chipOf(place, chips);
  if (chip) return { line: { onoff: onoff.line, chip, number: chip.base + place.offset } };
  const remedy = "Name one that is there: gpio:LABEL:OFFSET.";
  return refused(NAME, chipsHere(host.root, chips), expectedChip(place), remedy);
}

async function onoffHere(host: GpioHost, chips: readonly SysfsChip[]): Promise<Answer<Onoff>> {
  if (chips.length === 0) {
    const remedy = "See to the character device: newer kernels have no other way.";
    return refused(NAME, "no chip in /sys/class/gpio", "a kernel with GPIO in sysfs", remedy);
  }
  try {
    return { line: await host.importOnoff() };
  } catch (error) {
    const unbuilt = /bindings file|\.node'/.test(String(error));
    const got = unbuilt ? "onoff without its native part" : "no package onoff";
    const remedy = unbuilt
      ? "npm rebuild epoll, with install scripts allowed: it compiles."
      : "npm install onoff, with install scripts allowed: it compiles. The character device needs no compiler.";
    return refused(NAME, got, "the package onoff", remedy);
  }
}

const where = ({ chip, number }: Found, { offset }: GpioPlace): string =>
  `line ${offset} of ${chip.label} through ${NAME} (number ${number} in sysfs: base ${chip.base})`;

/** Exports a line. What sysfs refuses to this user is refused, what it refuses to everybody is raised. */
function exported(
  found: Found,
  place: GpioPlace,
  { root }: GpioHost,
  make: (number: number) => Line,
): Answer<Line> {
  try {
    return { line: make(found.number) };
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    const folder = "sys/class/gpio/export";
    if (code === "EACCES" || code === "EPERM") {
      const remedy = accessRemedy(root, folder, "gpio");
      return refused(NAME, `permission denied on /${folder}`, "what this user may write", remedy);
    }
    const expected = `${where(found, place)}, free`;
    const remedy = "End what has it: `sudo cat /sys/kernel/debug/gpio` names it; or take another.";
    if (code === "EBUSY") {
      return fail("DEVICE_BUSY", place.text, "a line in use", expected, remedy, { cause: error });
    }
    return fail("IO", place.text, code, expected, undefined, { cause: error });
  }
}

/** Gives a line back once: also where the process ends before, for sysfs keeps it exported. */
function givenBack(line: Line, before: () => void = () => {}): () => void {
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    process.removeListener("exit", close);
    before();
    line.unexport();
  };
  process.once("exit", close);
  return close;
}

function inputLine(
  found: Found,
  place: GpioPlace,
  { edge, activeLow }: InputUse,
  host: GpioHost,
): Answer<InputLine> {
  const { Gpio } = found.onoff;
  const answer = exported(
    found,
    place,
    host,
    (number) => new Gpio(number, "in", edge, { activeLow }),
  );
  if ("refused" in answer) return answer;
  const { line } = answer;
  const close = givenBack(line);
  const level = line.readSync();
  const blind = "no times from the kernel, and what a burst loses is not counted";
  return {
    line: {
      found: `${where(found, place)}, ${blind}`,
      level,
      events: (waiting) => events(line, place, edge === "both" ? level : null, waiting),
      close,
    },
  };
}

function outputLine(
  found: Found,
  place: GpioPlace,
  { activeLow, initial }: OutputUse,
  host: GpioHost,
): Answer<OutputLine> {
  const { Gpio } = found.onoff;
  // "high" and "low" are voltages, whatever is active
  const direction = (initial === 1) !== activeLow ? "high" : "low";
  const answer = exported(
    found,
    place,
    host,
    (number) => new Gpio(number, direction, "none", { activeLow }),
  );
  if ("refused" in answer) return answer;
  const { line } = answer;
  return {
    line: {
      found: where(found, place),
      write: (level) => line.writeSync(level),
      close: givenBack(line),
    },
  };
}

/** @param level before the first event where both edges are watched, else null */
async function* events(
  line: Line,
  { text }: GpioPlace,
  level: 0 | 1 | null,
  { clock, closed }: Waiting,
): AsyncGenerator<EventBlock> {
  const changes = new LevelEvents(level);
  let wake = () => {};
  let problem: unknown = null;
  const lose = (error: unknown): void => {
    problem ??= error;
    line.unwatchAll(); // a line that is gone raises interrupts without an end
    wake();
  };
  // onoff reads the level when an interrupt comes, where nobody could catch what it raises: the chip may be unplugged
  const readSync = line.readSync.bind(line);
  line.readSync = () => {
    try {
      return readSync();
    } catch (error) {
      lose(error);
      return 0;
    }
  };
  line.watch((error, value) => {
    if (error) return lose(error);
    if (problem === null) changes.add(clock.nowNs(), value);
    wake();
  });
  closed.addEventListener("abort", () => wake(), { once: true });
  while (!closed.aborted) {
    if (problem !== null) {
      const remedy = "Plug its chip in again, and open it again.";
      fail("SENSOR_LOST", text, String(problem), "a line that stays", remedy, { cause: problem });
    }
    const block = changes.take();
    if (block) yield block;
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
