/** Pipes: what nobody has taken yet is left in them, however long they are. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { createAtomic } from "../../../host/files/file.ts";
import { openInputs } from "../../../host/files/input.ts";
import { openStepInputs } from "../../../host/files/spiking-input.ts";
import { codeOf } from "../../../host/linux/system-calls.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { folderOfFiles } from "../../support/cli.ts";

const { path } = folderOfFiles();

const tensor = (edge: "spike" | "i8"): ManifestTensor => ({
  ...{ name: "in", shape: [1, 1], dtype: edge === "spike" ? "u8" : "i8", edge },
  ...{ scale: 1, zeroPoint: 0 },
});
const WINDOW = { firstStep: 0, steps: null, warn: () => {} };

/** The kernel's buffer, Node's, and what has become lines of both. */
const MOST_BYTES = 1 << 20;
/** Much more: without an end to what is read ahead all of it would be taken. */
const OFFERED_BYTES = 16 * MOST_BYTES;
/** Of the event loop; the reader has its share of each. */
const TURNS = 200;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Writes rows until all are taken, or nothing has been for so many turns. Returns the bytes taken. */
async function offer(end: number, row: (k: number) => string): Promise<number> {
  let pending = Buffer.alloc(0);
  let taken = 0;
  let rows = 0;
  for (let idle = 0; idle < TURNS && taken < OFFERED_BYTES; ) {
    while (pending.length < 65_536) {
      const more = Array.from({ length: 1000 }, (_, k) => row(rows + k));
      pending = Buffer.concat([pending, Buffer.from(more.join(""))]);
      rows += 1000;
    }
    const count = writeSome(end, pending);
    pending = pending.subarray(count);
    taken += count;
    idle = count === 0 ? idle + 1 : 0;
    await turn();
  }
  return taken;
}

function writeSome(end: number, bytes: Uint8Array): number {
  try {
    return writeSync(end, bytes);
  } catch (error) {
    if (codeOf(error) !== "EAGAIN") throw error;
    return 0;
  }
}

const steps = (name: string) => openStepInputs(name, [tensor("spike")], WINDOW);
const inferences = (name: string) => openInputs(name, [tensor("i8")]);

test.each([
  ["steps of", "events.csv", steps, (k: number) => `${k},0\n`],
  ["steps of", "csv", steps, () => "1\n"],
  ["steps of", "bin", steps, () => "\x01"],
  ["inferences of", "csv", inferences, () => "1\n"],
  ["inferences of", "bin", inferences, () => "\x01"],
] as const)(
  "a pipe without end is read no further than %s .%s are taken",
  async (what, extension, opened, row) => {
    const name = path(`${what}.${extension}`);
    spawnSync("mkfifo", [name]);
    const end = openSync(name, constants.O_RDWR | constants.O_NONBLOCK);
    const batches = (await opened(name)).batches();
    writeSync(end, row(0) + row(1) + row(2));
    expect((await batches.next()).done).toBe(false);
    expect(await offer(end, (k) => row(k + 3))).toBeLessThan(MOST_BYTES);
    closeSync(end);
    await batches.return(undefined);
  },
);

test("a pipe that is written in many pieces keeps no listener of each", async () => {
  const name = path("many.bin");
  spawnSync("mkfifo", [name]);
  const reader = spawn("sh", ["-c", `wc -c < '${name}'`], { stdio: ["ignore", "pipe", "ignore"] });
  let counted = "";
  reader.stdout.on("data", (text) => (counted += text));
  const warnings: string[] = [];
  const warned = ({ message }: Error) => warnings.push(message);
  process.on("warning", warned);
  const file = await createAtomic(name);
  for (let k = 0; k < 16; k++) await file.write(new Uint8Array(MOST_BYTES));
  await file.commit();
  await once(reader, "close");
  process.off("warning", warned);
  expect(counted.trim()).toBe(String(16 * MOST_BYTES));
  expect(warnings).toEqual([]);
});
