/** The target `wasm3`: the firmware's core as a process on this computer, with as much memory as the module asks for. */
import { type ProcessLine, processLine } from "../lines/process-line.ts";
import { type BoardOptions, boardTarget, checkForBoard } from "./board.ts";
import type { BoardSession } from "./board-session.ts";
import { type StepLimit, withinLimit } from "./limit.ts";
import { processTimeNs } from "./process-time.ts";
import type { Target, WorkClock } from "./target.ts";

export interface Wasm3Target extends Target {
  load(module: Uint8Array): Promise<BoardSession>;
  /** Processor time of the process that was loaded last. */
  countWork(): WorkClock;
}

/** @param executable the posix port, built on first use. Raises TARGET_MISSING where it cannot be */
export const wasm3Target = (
  executable: () => Promise<string>,
  options: BoardOptions & { readonly limit?: StepLimit } = {},
): Wasm3Target => {
  let line: ProcessLine | null = null;
  const workedNs: WorkClock = () => {
    const pid = line?.pid() ?? null;
    return pid === null ? null : processTimeNs(pid);
  };
  const load = async (module: Uint8Array): Promise<BoardSession> => {
    const { globals, codeBytes } = checkForBoard(module);
    // WASM3's code pages take 3.2 times the code on 32 bits, and twice that here
    const arena = globals.memUsed + 16 * codeBytes + (1 << 20);
    const args = ["--stdio", "--arena", pages(arena), "--slot-bytes", pages(module.length + 256)];
    line = processLine("wasm3", await executable(), args);
    const target = boardTarget(line, options);
    const { limit } = options;
    if (limit === undefined) return target.load(module);
    const session = await withinLimit(target.load(module), "init", limit, () => target.close());
    const within = <T>(work: Promise<T>, what: string): Promise<T> =>
      withinLimit(work, what, limit, async () => session.close());
    return {
      ...session,
      step: (input, output) => within(session.step(input, output), "step"),
      steps: (inputs, count, outputs) => within(session.steps(inputs, count, outputs), "step"),
      timedStep: (input, steps) => within(session.timedStep(input, steps), "step"),
    };
  };
  return { name: "wasm3", load, countWork: () => workedNs };
};

const pages = (bytes: number): string => String(Math.ceil(bytes / 4096) * 4096);
