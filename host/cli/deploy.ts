/** `deploy MODULE|MODEL board:PORT`: a module into a board's flash, tested there before it is the one that boots. */
import { createHash } from "node:crypto";
import { type Command, InvalidArgumentError, Option } from "commander";
import { kernelNames, knownTo, lackingKernels } from "../boards/loaded.ts";
import { inferredTask, type Task } from "../module/task.ts";
import type { Deployed, Link, SlotOptions } from "../runtime/index.ts";
import { count, labelled, plural, significant } from "../text.ts";
import { nanosecondsToSeconds } from "../units.ts";
import { moduleForBoard } from "./board-module.ts";
import { compileOptions } from "./build.ts";
import { deployProgress } from "./deploy-progress.ts";
import { GROUP, withExamples } from "./help.ts";
import { loadModel } from "./model.ts";
import { naming } from "./naming.ts";
import {
  BOARD,
  boardBuildOption,
  MODEL,
  type ModelOptions,
  modelOptions,
  wholeFromOne,
} from "./options.ts";
import type { Result, Session } from "./result.ts";
import { openBoardLink } from "./targets.ts";

type Options = ModelOptions & {
  readonly mode: "performance" | "energy";
  readonly task?: Task;
  readonly stepLimit?: number;
};

/** what the wire allows, firmware/README.md, "Slots" */
const LONGEST_STEP_MS = 60_000;

export const define = (command: Command): Command => {
  command
    .description("put a module on a board: checked, sent, read back, tested there, then activated")
    .argument("<model>", `${MODEL}; a model is compiled for the board`)
    .argument("<board>", BOARD)
    .optionsGroup(GROUP.where)
    .option(
      "--step-limit <ms>",
      "let the board restart when a step takes longer (default: 30000)",
      stepLimit,
    )
    .optionsGroup(GROUP.mlperf)
    .addOption(
      new Option(
        "--mode <mode>",
        "choose what the runner measures: performance, timestamps as text, or energy, a pulse on the board's pin",
      )
        .choices(["performance", "energy"])
        .default("performance"),
    )
    .addOption(
      new Option(
        "--task <task>",
        "say which task the model is for: kws01, ic01, vww01, ad01 or none (default: by the model's shape)",
      ) //
        .choices(["kws01", "ic01", "vww01", "ad01", "none"]),
    );
  return withExamples(modelOptions(command, boardBuildOption()), [
    { what: "which boards are there", line: "twentywatt devices" },
    {
      what: "by its port",
      line: "twentywatt deploy net:demo-int8 board:/dev/ttyACM0",
    },
    {
      what: "by its USB ids, wherever it is plugged in",
      line: "twentywatt deploy kws.wasm board:2e8a:000a",
    },
  ]);
};

function stepLimit(text: string): number {
  const ms = wholeFromOne(text);
  if (ms > LONGEST_STEP_MS) throw new InvalidArgumentError(`At most ${LONGEST_STEP_MS} ms.`);
  return ms;
}

export async function run(
  session: Session,
  name: string,
  board: string,
  options: Options,
): Promise<Result> {
  const { io } = session;
  const link = await openBoardLink(board, session);
  try {
    // a board that is not there is refused before the seconds of compiling
    const hello = await link.hello();
    const model = await loadModel(name, options, session.io.signal);
    const chosen = compileOptions(options, null, session);
    const { wasm } = await naming(name, () => moduleForBoard(model, chosen, hello, session));
    const startNs = io.clock.nowNs();
    const done = await naming(name, () => deployed(link, wasm, options, session)).catch((error) => {
      if (io.signal.aborted)
        session.warn("interrupted: what was active on the board before still is");
      throw error;
    });
    const seconds = nanosecondsToSeconds(io.clock.nowNs() - startNs);
    const { manifest } = done;
    const lacking = lackingKernels(manifest, knownTo(hello));
    if (lacking.length > 0) {
      session.warn(
        `the firmware has no ${kernelNames(lacking)}: all of the module runs in WASM3, with its constants in RAM`,
      );
    }
    const status = await done.status();
    const sha256 = createHash("sha256").update(wasm).digest("hex");
    const memory = {
      linearBytes: status.linearMemory,
      arenaUsedBytes: status.arenaUsed,
      arenaBytes: status.arenaBytes,
      slotBytes: hello.slotBytes,
    };
    const resends = link.counts().resends;
    return {
      json: {
        model: manifest.source.name,
        target: board,
        board: { name: hello.board, serial: hello.serial, firmware: hello.firmware },
        module: { bytes: wasm.length, sha256 },
        task: done.task,
        mode: options.mode,
        transferred: done.transferred,
        selfTest: done.transferred && manifest.selfTest !== null,
        slotSequence: done.sequence,
        attempts: done.attempts,
        resends,
        seconds,
        memory,
      },
      text: [
        ...labelled("module", [
          `${manifest.source.name}, ${count(wasm.length)} bytes, SHA-256 ${sha256}`,
        ]),
        ...labelled("board", [
          `${hello.board} (serial ${hello.serial}), firmware ${hello.firmware}, ${board}`,
        ]),
        ...labelled("result", resultLines(done, seconds, resends, manifest.selfTest !== null)),
        ...labelled("memory", [
          `${count(memory.arenaUsedBytes)} of ${count(memory.arenaBytes)} bytes, ${count(memory.linearBytes)} of them the module's`,
          `slot ${count(wasm.length + 256)} of ${count(memory.slotBytes)} bytes`,
        ]),
        ...labelled("mlperf", done.task === "none" ? [] : [`${done.task}, ${options.mode} mode`]),
      ],
    };
  } finally {
    await link.close();
  }
}

async function deployed(link: Link, wasm: Uint8Array, options: Options, session: Session) {
  const { checkForBoard, holds, install, moduleInfo, sessionOn, slotInfo } = await import(
    "../runtime/index.ts"
  );
  const checked = checkForBoard(wasm);
  const { manifest } = checked;
  const task = options.task ?? inferredTask(manifest);
  const slot: SlotOptions = {
    task,
    energy: options.mode === "energy",
    ...(options.stepLimit === undefined ? {} : { stepLimitMs: options.stepLimit }),
  };
  const loaded = await sessionOn(link, checked);
  const status = () => loaded.status();
  const { energy, stepLimitMs } = slotInfo(wasm, manifest, slot);
  const held = await holds(link, moduleInfo(wasm));
  const same = held?.task === task && held.energy === energy && held.stepLimitMs === stepLimitMs;
  if (held && same) {
    const { sequence } = held;
    return { manifest, task, transferred: false, sequence, attempts: 0, status };
  }
  const onProgress = deployProgress(session.io);
  const done: Deployed = await install(loaded, wasm, checked, { onProgress }, slot);
  const { sequence, attempts } = done;
  return { manifest, task, transferred: true, sequence, attempts, status };
}

type Done = Awaited<ReturnType<typeof deployed>>;

function resultLines(done: Done, seconds: number, resends: number, selfTest: boolean): string[] {
  if (!done.transferred) return ["it was there already, and is the one that boots"];
  const again = done.attempts > 1 ? `, begun ${done.attempts} times` : "";
  const tested = selfTest ? "its self-test passed on the board" : "it has no self-test";
  return [
    `active as number ${done.sequence}, in ${significant(seconds)} s${again}; ${tested}`,
    ...(resends > 0 ? [`${plural(resends, "request")} sent again`] : []),
  ];
}
