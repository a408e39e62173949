/** Lines through the character devices: the kernel stamps, numbers and debounces the events. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import { fail, type Problem, TwentyWattError } from "../errors.ts";
import { readAvailable, setNonBlocking } from "../linux/descriptor.ts";
import { accessRemedy } from "../linux/files.ts";
import {
  type ChipInfo,
  LINE_EVENT,
  LINE_FLAG,
  type LineInfo,
  lineInfo,
  lineLevel,
  requestLine,
  setLineLevel,
} from "../linux/gpio.ts";
import { codeOf, type SystemCalls } from "../linux/system-calls.ts";
import { characterChips, chipOf, chipsHere, expectedChip, sysfsChips } from "./gpio-chips.ts";
import { GpioEvents } from "./gpio-events.ts";
import {
  type Answer,
  CONSUMER,
  type GpioBackend,
  type GpioHost,
  type InputLine,
  type OutputLine,
  refused,
  type Waiting,
} from "./gpio-host.ts";
import type { GpioPlace, InputUse, OutputUse } from "./gpio-uri.ts";
import type { EventBlock } from "./sensor.ts";

const NAME = "character device";

export const characterDevice: GpioBackend = {
  name: NAME,
  async openInput(place, use, host) {
    const found = await find(place, host);
    return "refused" in found ? found : { line: inputLine(found, place, use) };
  },
  async openOutput(place, use, host) {
    const found = await find(place, host);
    return "refused" in found ? found : { line: outputLine(found, place, use) };
  },
  async probe(host) {
    const calls = await systemCalls(host);
    if ("refused" in calls) return calls.refused;
    const { chips } = characterChips(calls.line, host.root);
    return chips.length > 0 ? null : noChips(calls.line, host).refused;
  },
};

type Found = {
  readonly calls: SystemCalls;
  readonly chip: ChipInfo;
  /** as the board's description names the line: a cross-check for people, not what it is found by */
  readonly lineName: string;
  readonly root: string;
};

async function systemCalls(host: GpioHost): Promise<Answer<SystemCalls>> {
  try {
    return { line: await host.systemCalls() };
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    const [{ got, expected, remedy } = unknown] = error.problems;
    return refused(NAME, got, expected, remedy);
  }
}

const unknown = { got: "no system calls", expected: "Linux", remedy: "" };

async function find(
  place: GpioPlace,
  host: GpioHost,
): Promise<Found | { readonly refused: Problem }> {
  const calls = await systemCalls(host);
  if ("refused" in calls) return calls;
  const { chips, denied } = characterChips(calls.line, host.root);
  const chip = chipOf(place, chips);
  if (chip) return described(calls.line, chip, place, host.root);
  if (chips.length === 0 || denied.length > 0) return noChips(calls.line, host);
  const remedy = "Name one that is there: gpio:LABEL:OFFSET.";
  return refused(NAME, chipsHere(host.root, chips), expectedChip(place), remedy);
}

function described(
  calls: SystemCalls,
  chip: ChipInfo,
  { offset }: GpioPlace,
  root: string,
): Found | { readonly refused: Problem } {
  const fd = openSync(join(root, "dev", chip.name), "r+");
  try {
    return { calls, chip, root, lineName: lineInfo(calls, fd, offset).name };
  } catch (error) {
    // the line exists: what the kernel does not know is the question
    if (!["EINVAL", "ENOTTY"].includes(codeOf(error) ?? "")) throw error;
    const expected = "version 2 of the character devices: kernel 5.10 and later";
    return refused(NAME, `a kernel that knows version 1 alone`, expected, "Update the kernel.");
  } finally {
    closeSync(fd);
  }
}

function noChips(calls: SystemCalls, { root }: GpioHost): { readonly refused: Problem } {
  const [denied] = characterChips(calls, root).denied;
  if (denied === undefined) {
    const remedy = "Take a computer with GPIO lines and a kernel from 5.10 on.";
    return refused(NAME, "no chip in /dev", "/dev/gpiochip0", remedy);
  }
  const got = `permission denied on /${denied}`;
  return refused(NAME, got, "chips that this user may open", accessRemedy(root, denied, "gpio"));
}

/** @returns a descriptor of the line. @throws DEVICE_BUSY, or IO where the chip cannot do what is asked */
function request(
  { calls, chip, root }: Found,
  place: GpioPlace,
  line: Omit<Parameters<typeof requestLine>[2], "offset" | "consumer">,
): number {
  const fd = openSync(join(root, "dev", chip.name), "r+");
  try {
    return requestLine(calls, fd, { ...line, offset: place.offset, consumer: CONSUMER });
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    if (code === "EBUSY") return busy(place, chip, root, lineInfo(calls, fd, place.offset), error);
    const got = `${code} for line ${place.offset} of ${chip.label}`;
    const expected = "a line that can be used so";
    const remedy =
      "Leave out what not every chip has: bias, debounce; events need a chip that raises interrupts.";
    return fail("IO", place.text, got, expected, remedy, { cause: error });
  } finally {
    closeSync(fd);
  }
}

/** Who has a line: a program that gave its name, a driver, or sysfs, where it stays until it is given back. */
function busy(
  { text, offset }: GpioPlace,
  chip: ChipInfo,
  root: string,
  { consumer }: LineInfo,
  cause: unknown,
): never {
  const got = `in use by ${consumer || "a driver of the kernel"}`;
  const base = sysfsChips(root).find(({ label }) => label === chip.label)?.base;
  const number = base === undefined ? "NUMBER" : String(base + offset);
  const remedy =
    consumer === "sysfs"
      ? `echo ${number} | sudo tee /sys/class/gpio/unexport`
      : `End ${consumer || "what has it"}, or take another line.`;
  return fail("DEVICE_BUSY", text, got, `line ${offset} of ${chip.label} free`, remedy, { cause });
}

const EDGE_FLAGS = {
  rising: LINE_FLAG.EDGE_RISING,
  falling: LINE_FLAG.EDGE_FALLING,
  both: LINE_FLAG.EDGE_RISING | LINE_FLAG.EDGE_FALLING,
} as const;
const BIAS_FLAGS = {
  "pull-up": LINE_FLAG.BIAS_PULL_UP,
  "pull-down": LINE_FLAG.BIAS_PULL_DOWN,
  none: LINE_FLAG.BIAS_DISABLED,
} as const;

const activeFlag = (activeLow: boolean): bigint => (activeLow ? LINE_FLAG.ACTIVE_LOW : 0n);

function inputLine(found: Found, place: GpioPlace, use: InputUse): InputLine {
  const { bias, edge, debounceUs, activeLow } = use;
  const flags =
    LINE_FLAG.INPUT |
    EDGE_FLAGS[edge] |
    (bias === null ? 0n : BIAS_FLAGS[bias]) |
    activeFlag(activeLow);
  const line = held(request(found, place, { flags, debounceUs }));
  return line.orClose(() => {
    setNonBlocking(found.calls, line.fd);
    const level = lineLevel(found.calls, line.fd);
    return {
      found: `${where(found, place)} with the kernel's time stamps`,
      level,
      events: (waiting) => events(line.fd, place, waiting),
      close: line.close,
    };
  });
}

function outputLine(found: Found, place: GpioPlace, { activeLow, initial }: OutputUse): OutputLine {
  const flags = LINE_FLAG.OUTPUT | activeFlag(activeLow);
  const line = held(request(found, place, { flags, level: initial }));
  return {
    found: where(found, place),
    write: (level) => setLineLevel(found.calls, line.fd, level),
    close: line.close,
  };
}

const where = ({ chip, lineName }: Found, { offset }: GpioPlace): string =>
  `line ${offset}${lineName === "" ? "" : `, named ${lineName},`} of ${chip.label} (${chip.name}) through the ${NAME}`;

/** A descriptor that is closed once. */
function held(fd: number) {
  let open = true;
  const close = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  const orClose = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      close();
      throw error;
    }
  };
  return { fd, close, orClose };
}

/** Between two looks at an idle line; what happens meanwhile has its own time, and room for 1,024 events. */
const LOOK_NS = 3_000_000n;
const EVENTS_A_READ = 256;

async function* events(
  fd: number,
  place: GpioPlace,
  { clock, waitUntil, closed }: Waiting,
): AsyncGenerator<EventBlock> {
  const decoded = new GpioEvents();
  const bytes = new Uint8Array(EVENTS_A_READ * LINE_EVENT.size);
  while (!closed.aborted) {
    const count = read(fd, bytes, place);
    if (count === null) {
      await waitUntil(clock.nowNs() + LOOK_NS, closed);
      continue;
    }
    for (const block of decoded.take(bytes.subarray(0, count))) {
      yield block;
      if (closed.aborted) return;
    }
    // a line that is never idle must not keep everything else from its turn
    if (count === bytes.length) await otherWork();
  }
}

function read(fd: number, bytes: Uint8Array, place: GpioPlace): number | null {
  let count: number | null;
  try {
    count = readAvailable(fd, bytes);
  } catch (error) {
    return lost(place, codeOf(error) ?? String(error), error);
  }
  return count === 0 ? lost(place, "the end of its events", null) : count;
}

function lost({ text }: GpioPlace, got: string, cause: unknown): never {
  const remedy = "Plug its chip in again, and open it again.";
  return fail("SENSOR_LOST", text, got, "a line that stays", remedy, { cause });
}
