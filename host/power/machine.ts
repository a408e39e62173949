/** The machine that does the work: what an estimate may say of it, and how the time it works is counted. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { type Clock, processorTime } from "../units.ts";
import type { CoreClassName } from "./core-classes.ts";

/** Nanoseconds of work so far; null where it cannot be told any more. Waiting is no work. */
export type WorkClock = () => bigint | null | Promise<bigint | null>;

/** Why nothing is known of what a machine draws, and what to do about it. */
export type NoClass = { readonly why: string; readonly remedy: string };

export type Machine = {
  /** as messages name it: "this processor (AMD EPYC 7763)", "the board pico2" */
  readonly name: string;
  readonly coreClass: CoreClassName | NoClass;
  /** whether meters of this computer see it */
  readonly here: boolean;
  /** what `countWork` counts: "processor time of this process" */
  readonly time: string;
  /** of an estimate */
  readonly doesNotInclude: readonly string[];
  readonly countWork: () => WorkClock;
};

const AROUND_A_CORE = ["other programs", "idle cores", "memory", "board", "power supply losses"];

/** This process on this computer, all of its threads. */
export function thisComputer(
  processor: Processor = thisProcessor(),
  clock: Clock = processorTime,
): Machine {
  return {
    name: nameOf(processor),
    coreClass: coreClassOf(processor) ?? {
      why: `no class has figures for ${processor.arch}`,
      remedy: "Name a meter that reads something.",
    },
    here: true,
    time: "processor time of this process",
    doesNotInclude: AROUND_A_CORE,
    countWork: () => clock.nowNs,
  };
}

/** Another process on this computer: its own time, not that of this one, which only feeds it. */
export const processHere = (
  what: string,
  countWork: () => WorkClock,
  processor: Processor = thisProcessor(),
): Machine => ({
  ...thisComputer(processor),
  time: `processor time of ${what}`,
  doesNotInclude: ["this program's end of the pipe", ...AROUND_A_CORE],
  countWork,
});

/** @param unknown why it is no microcontroller that anything is known of, where it is none */
export const boardMachine = (
  name: string,
  countWork: () => WorkClock,
  unknown: NoClass | null = null,
): Machine => ({
  name,
  coreClass: unknown ?? "microcontroller",
  here: false,
  time: "the board's own time of its steps",
  doesNotInclude: ["waiting between steps", "the line", "radio", "board", "power supply losses"],
  countWork,
});

export type Processor = {
  readonly arch: string;
  /** as the operating system names it */
  readonly model: string;
  /** /proc/cpuinfo, or "" */
  readonly cpuinfo: string;
  /** of the device tree: "Raspberry Pi 5 Model B Rev 1.0", or "" */
  readonly board: string;
};

/** Null where not even wide bounds are known. */
export function coreClassOf({ arch, model, cpuinfo, board }: Processor): CoreClassName | null {
  if (arch === "x64" || arch === "ia32") return x86ClassOf(model);
  if (arch !== "arm64" && arch !== "arm") return null;
  // 400 and 500 too, and the compute modules
  const pi = /^Raspberry Pi (?:Compute Module )?(\d)/.exec(board)?.[1];
  if (pi === "4") return "pi4";
  if (pi === "5") return "pi5";
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

function nameOf({ arch, model, board }: Processor): string {
  const known = board !== "" ? board : model;
  return `this processor (${known !== "" && known !== "unknown" ? known.trim() : arch})`;
}

/** @param proc where Linux keeps what it knows of it */
export function thisProcessor(proc = "/proc"): Processor {
  const text = (path: string): string => {
    try {
      return readFileSync(join(proc, path), "utf8").replaceAll("\0", "");
    } catch {
      return ""; // not Linux, or no device tree: the model name has to do
    }
  };
  return {
    arch: process.arch,
    model: cpus()[0]?.model ?? "",
    cpuinfo: text("cpuinfo"),
    board: text("device-tree/model"),
  };
}
