/** Targets by name: where a module runs, and what it takes to get there. */
import { fail } from "../errors.ts";
import type { Line } from "../lines/line.ts";
import type { BoardOptions, BoardTarget, Link, StepLimit, Target } from "../runtime/index.ts";
import { millisecondsToSeconds } from "../units.ts";
import { deployProgress } from "./deploy-progress.ts";
import type { Io } from "./io.ts";
import { isBoard } from "./machine.ts";
import type { Session } from "./result.ts";
import type { RunOptions } from "./run.ts";
import { say } from "./say.ts";

const BOARD = "board:";

/**
 * Raises USAGE for an unknown name, TARGET_MISSING for a target that is absent, before anything is compiled.
 *
 * @param stepLimitSeconds of a step on this computer; null: the module is trusted to end. A board has a watchdog
 * @param marker lines of this computer that are raised around each step
 */
export async function openTarget(
  name: string,
  session: Session,
  stepLimitSeconds: number | null = null,
  marker?: string,
): Promise<Target> {
  const { signal, threads } = session.io;
  const limit = stepLimitSeconds === null || !threads ? null : { stepLimitSeconds, signal };
  if (marker !== undefined) {
    const { targetWithPins } = await import("./marker-pins.ts");
    return targetWithPins(marker, name, limit !== null, session);
  }
  if (name === "local") {
    const { guardedTarget, localTarget } = await import("../runtime/index.ts");
    return limit ? guardedTarget(limit) : localTarget();
  }
  if (name === "wasm3") return openWasm3(session, limit);
  if (name.startsWith(BOARD)) return openBoard(name, session);
  return fail("USAGE", "--target", name, "local, wasm3 or board:PORT");
}

/** The same for what `run` does with it: a board is let go of however that ends. */
export async function onTarget<T>(
  { target: name, marker, stepLimit }: Pick<RunOptions, "target" | "marker" | "stepLimit">,
  model: Limited,
  session: Session,
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await openTarget(name, session, stepLimitOf(model, stepLimit), marker);
  try {
    return await use(target);
  } finally {
    if (isBoard(target)) await target.close();
  }
}

async function openWasm3({ io }: Session, limit: StepLimit | null): Promise<Target> {
  const { wasm3Target } = await import("../runtime/index.ts");
  const path = await wasm3Program(io);
  return wasm3Target(async () => path, limit ? { limit } : {});
}

/** For modules that this program did not compile, unless the user says otherwise. */
const STEP_LIMIT_SECONDS = 10;

type Limited = { readonly kind: "graph" } | { readonly kind: "module"; readonly own: boolean };

/** What a step of this model may take: --step-limit, else a default for what others made; null: as long as it likes. */
export const stepLimitOf = (model: Limited, given: number | undefined): number | null =>
  given ?? (model.kind === "module" && !model.own ? STEP_LIMIT_SECONDS : null);

/** WASM3 with the firmware's core, built when it is first asked for. */
export async function wasm3Program({ stderr }: Pick<Io, "stderr">): Promise<string> {
  const { buildFirmware } = await import("../firmware/index.ts");
  let said = false;
  const onCompile = (): void => {
    if (!said) say(stderr, "building WASM3 for this computer, once …");
    said = true;
  };
  return (await buildFirmware("posix", { onCompile })).path;
}

async function openBoard(name: string, session: Session): Promise<BoardTarget> {
  const { boardTarget } = await import("../runtime/index.ts");
  const target = boardTarget(await lineOf(name, session.io), {
    ...linkOptions(session),
    onProgress: deployProgress(session.io),
  });
  await target.connect();
  return target;
}

/** A link to a board by its name as a target; nothing is sent before it is asked for something. */
export async function openBoardLink(
  name: string,
  session: Session,
  more: BoardOptions = {},
): Promise<Link> {
  const { openLink } = await import("../runtime/index.ts");
  return openLink(await lineOf(name, session.io), { ...linkOptions(session), ...more });
}

async function lineOf(name: string, { boards }: Io): Promise<Line> {
  const port = portOf(name);
  if (boards) return boards.line(port);
  const { serialLine } = await import("../lines/index.ts");
  return serialLine(port);
}

function portOf(name: string): string {
  if (!name.startsWith(BOARD)) {
    fail("USAGE", name, "no board", "board:PATH, or board:VID:PID[:SERIAL]");
  }
  return name.slice(BOARD.length);
}

/** A line that goes away and comes back is said at once. */
function linkOptions({ warn, io }: Session): BoardOptions {
  let said = 0;
  return {
    signal: io.signal,
    ...(io.boards && { timers: io.boards.timers }),
    onLost(why) {
      said = 0;
      warn(`the line is gone: ${why}; looking for it`);
    },
    onSearching: (ms) => {
      const seconds = Math.round(millisecondsToSeconds(ms));
      // that it is looked for was said: what is not yet another second says nothing more
      if (seconds === said) return;
      said = seconds;
      say(io.stderr, `still looking for it after ${seconds} s; Ctrl-C ends the search`);
    },
    onFound: (ms) => say(io.stderr, `the line is there again after ${Math.round(ms)} ms`),
  };
}
