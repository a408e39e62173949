/** What is interrupted: each verb that writes, as a job of about a second. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeState } from "../../host/files/state-file.ts";
import { serialLine } from "../../host/lines/index.ts";
import { loadedModel } from "../../host/runtime/deploy.ts";
import { openLink } from "../../host/runtime/index.ts";
import { RecordingReader } from "../../host/sensors/recording-reader.ts";
import { RecordingWriter } from "../../host/sensors/recording-writer.ts";
import type { Ending, Job } from "./interrupted.ts";
import type { PosixBoard } from "./posix-board.ts";

/** @param model a layered one */
export function jobs(model: string, input: string, recording: string): readonly Job[] {
  const spiking = "net:lif?current=20";
  return [
    {
      name: "compile",
      args: (folder) => ["compile", spiking, "-o", join(folder, "out.wasm"), "--json"],
      files: { "out.wasm": "whole" },
      cold: true,
    },
    {
      name: "compile to a graph",
      args: (folder) => ["compile", "net:cuba", "-o", join(folder, "out.json"), "--json"],
      files: { "out.json": "whole" },
    },
    {
      name: "run cold",
      args: (folder) => [
        "run",
        model,
        "--input",
        input,
        "--output",
        join(folder, "out.csv"),
        "--json",
      ],
      files: { "out.csv": "rows" },
      cold: true,
    },
    {
      name: "run layered",
      args: (folder) => [
        "run",
        model,
        "--input",
        input,
        "--output",
        join(folder, "out.csv"),
        "--json",
      ],
      files: { "out.csv": "rows" },
    },
    {
      name: "run spiking",
      args: (folder) => [
        ...["run", spiking, "--steps", "300000", "--output", join(folder, "out.bin")],
        ...["--record", `neuron.v=${join(folder, "v.csv")}`, "--plot", join(folder, "p.svg")],
        ...["--record", `neuron.spikes=${join(folder, "s.events.csv")}`],
        ...["--save-state", join(folder, "out.state"), "--json"],
      ],
      files: { "v.csv": "rows", "s.events.csv": "rows", "out.bin": "other", "out.state": "other" },
      judge: stateAndRows,
    },
    {
      name: "record",
      args: (folder) => [
        "record",
        "sim:vibration",
        "-o",
        join(folder, "m.rec"),
        "--seconds",
        "0.5",
        "--label",
        "on",
        "--json",
      ],
      files: { "m.rec": "other", "labels.csv": "whole", "classes.txt": "whole" },
      endless: true,
      fresh: true,
      judge: readable,
    },
    ...["csv", "wav"].map(
      (form): Job => ({
        name: `replay to ${form}`,
        args: (folder) => ["replay", recording, "--export", join(folder, `out.${form}`), "--json"],
        files: { [`out.${form}`]: "whole" },
      }),
    ),
    {
      name: "bench",
      args: () => ["bench", spiking, "--seconds", "0.3", "--json"],
      files: {},
    },
  ];
}

/** The state is a whole one, of a step that the rows beside it reach. */
async function stateAndRows(folder: string, { code, stdout }: Ending): Promise<string | null> {
  try {
    const bytes = readFileSync(join(folder, "out.state"));
    if (bytes.subarray(0, 4).toString() !== "TWST") return null; // what was there before
    const { step } = decodeState("out.state", bytes);
    const { steps } = code === null ? { steps: step } : JSON.parse(stdout);
    if (step !== steps) return `a state of step ${step} beside a document of ${steps} steps`;
    const rows = readFileSync(join(folder, "v.csv"), "utf8").split("\n").length - 1;
    return rows === step ? null : `a state of step ${step} beside ${rows} rows`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    return String(error);
  }
}

/** A recording is one from its first byte on, to its last whole record. */
async function readable(folder: string): Promise<string | null> {
  try {
    const reader = await RecordingReader.open(join(folder, "m.rec"));
    for await (const _ of reader.records());
    await reader.close();
    return null;
  } catch (error) {
    return /no such file/.test(String(error)) ? null : String(error);
  }
}

/** A sound of so many seconds, 16,000 samples in each. */
export function longRecording(path: string, seconds: number): string {
  const channels = [{ name: "a", unit: "" }];
  const source = { uri: "sim:vibration", name: "long", channels, sampleRateHz: 16_000 };
  const writer = new RecordingWriter(
    path,
    { startedUnixMs: 0, label: null, sources: [source] },
    0n,
  );
  const values = Float64Array.from({ length: 16_000 }, (_, k) => Math.sin(k));
  for (let k = 0; k < seconds; k++) {
    const timeNs = BigInt(k) * 1_000_000_000n;
    writer.add(0, { timeNs, values, channels: 1, lostBefore: 0 }, timeNs);
  }
  writer.close();
  return path;
}

/** Deploys one module and the other in turn: what the board holds afterwards is the one from before or the new one. */
export function deployments(board: PosixBoard): Job {
  const models = ["net:lif?current=20", "net:izhikevich"];
  let turn = 0;
  let before: number | null = null;
  const held = async () => {
    const link = openLink(serialLine(board.path));
    try {
      return (await loadedModel(link))?.crc ?? null;
    } finally {
      await link.close();
    }
  };
  const known = new Map<string, number>();
  return {
    name: "deploy",
    args: () => {
      turn += 1;
      return ["deploy", models[turn % 2] ?? "", `board:${board.path}`, "--json"];
    },
    files: {},
    async judge(_, { code }) {
      const now = await held();
      const target = models[turn % 2] ?? "";
      if (code === 0 && now !== null) known.set(target, now);
      const fine =
        now !== null && (now === before || now === known.get(target) || !known.has(target));
      const problem = fine ? null : `the board holds ${now}, before ${before}`;
      await board.powerOff();
      await board.powerOn();
      const after = await held();
      before = after;
      return problem ?? (after === now ? null : `after a restart ${after} in the place of ${now}`);
    },
  };
}
