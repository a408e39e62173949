/** Inputs of spiking networks, generated and damaged: whole steps or a coded error, and what was written is what is read. */
import { appendFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { openStepInputs } from "../../../host/files/spiking-input.ts";
import type { Window } from "../../../host/files/steps.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { folderOfFiles } from "../../support/cli.ts";

const { path } = folderOfFiles();

const spikes = (n: number): ManifestTensor => ({
  ...{ name: `in${n}`, shape: [n], dtype: "u8", edge: "spike", scale: 1, zeroPoint: 0 },
});
const values = (n: number): ManifestTensor => ({
  ...{ name: `in${n}`, shape: [n], dtype: "i16", edge: "value", scale: 1 / 256, zeroPoint: 0 },
});

const WINDOW: Window = { firstStep: 0, steps: null, warn: () => {} };
/** Whatever comes, a test need not read further. */
const MOST_STEPS = 200_000;

/** Every step as a row of bytes. */
async function stepsOf(
  name: string,
  tensors: readonly ManifestTensor[],
  window: Window = WINDOW,
): Promise<number[][]> {
  const inputs = await openStepInputs(path(name), tensors, window);
  const bytes = tensors.reduce((n, t) => n + (t.shape[0] ?? 0) * (t.dtype === "i16" ? 2 : 1), 0);
  const rows: number[][] = [];
  for await (const { bytes: batch, steps, stride } of inputs.batches()) {
    for (let k = 0; k < steps && rows.length < MOST_STEPS; k++) {
      rows.push([...batch.subarray(k * stride, k * stride + bytes)]);
    }
    if (rows.length >= MOST_STEPS) break;
  }
  return rows;
}

async function answerOf(work: () => Promise<number[][]>): Promise<string | number[][]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TwentyWattError) return error.code;
    throw error;
  }
}

const random = mulberry32(23);
const below = (n: number): number => Math.floor(random() * n);

/** A run of counts, mostly silent, and the same as a file of events. */
function draw(n: number): { readonly rows: number[][]; readonly events: string } {
  const rows: number[][] = [];
  let events = "";
  const steps = 1 + below(400);
  for (let step = 0; step < steps; step++) {
    const row = new Array<number>(n).fill(0);
    rows.push(row);
    if (below(3) > 0 && step < steps - 1) continue;
    for (let k = 1 + below(3); k > 0; k--) {
      const index = below(n);
      const count = 1 + below(80);
      if ((row[index] ?? 0) + count > 255) continue;
      row[index] = (row[index] ?? 0) + count;
      const spaced = below(8) === 0 ? " " : "";
      const text = count === 1 && below(2) === 0 ? "" : `,${count}`;
      events += `${spaced}${step},${spaced}${index}${text}${below(9) === 0 ? "\r" : ""}\n`;
    }
  }
  return { rows, events };
}

describe("what is written is what is read", () => {
  test("events, over the borders of batches and of what is read at once", async () => {
    for (let k = 0; k < 60; k++) {
      const n = [1, 3, 700, 70_000][k % 4] ?? 1;
      const { rows, events } = draw(Math.min(n, 700));
      const wide = rows
        .slice(0, n > 1000 ? 3 : rows.length)
        .map((row) => [...row, ...new Array<number>(n - row.length).fill(0)]);
      const text = events
        .split("\n")
        .filter((line) => line !== "" && Number(line.split(",")[0]) < wide.length)
        .join("\n");
      if (text === "") continue;
      writeFileSync(path("a.events.csv"), text);
      const read = await stepsOf("a.events.csv", [spikes(n)]);
      // steps end with the last event
      expect(read.every((row, step) => row.join() === wide[step]?.join())).toBe(true);
      expect(
        wide
          .slice(read.length)
          .flat()
          .every((count) => count === 0),
      ).toBe(true);
    }
  });

  test("a run that resumes reads on: earlier events are passed over, and counted", async () => {
    writeFileSync(path("b.events.csv"), "0,0\n3,1\n5,0,2\n5,1\n9,1\n");
    const warnings: string[] = [];
    const window = { firstStep: 4, steps: null, warn: (text: string) => warnings.push(text) };
    const rows = await stepsOf("b.events.csv", [spikes(2)], window);
    expect(rows).toEqual([
      [0, 0],
      [2, 1],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(warnings).toEqual([expect.stringContaining("2 events before step 4")]);
  });

  test("an endless silence costs a row, not memory", async () => {
    writeFileSync(path("c.events.csv"), "0,0\n99999999,1\n");
    const inputs = await openStepInputs(path("c.events.csv"), [spikes(2)], WINDOW);
    const batches: (readonly number[])[] = [];
    for await (const { bytes, steps, stride } of inputs.batches()) {
      batches.push([bytes.length, steps, stride]);
    }
    expect(batches.map(([, steps]) => steps)).toEqual([1, 99_999_998, 1]);
    expect(batches[1]).toEqual([2, 99_999_998, 0]);
  });

  test("csv of counts and of values, several inputs side by side", async () => {
    for (let k = 0; k < 40; k++) {
      const rows = Array.from({ length: 1 + below(3000) }, () => [below(3), below(256), below(2)]);
      const end = below(2) === 0 ? "\n" : "\r\n";
      writeFileSync(path("d.csv"), rows.map((row) => row.join(",") + end).join(""));
      expect(await stepsOf("d.csv", [spikes(1), spikes(2)])).toEqual(rows);
      const words = rows.map((row) => row.map((x) => (x - 128) / 256));
      writeFileSync(path("e.csv"), words.map((row) => `${row.join(", ")}\n`).join(""));
      const read = (await stepsOf("e.csv", [values(1), values(2)])).map((row) => [
        ...new Int16Array(Uint8Array.from(row).buffer),
      ]);
      expect(read).toEqual(rows.map((row) => row.map((x) => x - 128)));
    }
  });

  test("a value is rounded half away from zero; one out of range is refused", async () => {
    const read = async (text: string) => {
      writeFileSync(path("f.csv"), `${text}\n`);
      return answerOf(() => stepsOf("f.csv", [values(1)]));
    };
    const word = (q: number) => [[...new Uint8Array(Int16Array.of(q).buffer)]];
    expect(await read(String(1.5 / 256))).toEqual(word(2));
    expect(await read(String(-1.5 / 256))).toEqual(word(-2));
    expect(await read(String(32767 / 256))).toEqual(word(32767));
    expect(await read(String(-32768 / 256))).toEqual(word(-32768));
    expect(await read(String(32768 / 256))).toBe("INPUT_FORMAT");
    for (const text of ["", "1e", "0x10", "NaN", "Infinity", "1e999", "--1", "1 2", "½"]) {
      expect([text, await read(text)]).toEqual([text, text === "" ? "INPUT_SIZE" : "INPUT_FORMAT"]);
    }
  });
});

describe("damaged files", () => {
  const noise = [..."0123456789,,\n\n\r.-+e \t;abc\u{0}é"];

  test("events: INPUT_FORMAT, or whole steps of counts", async () => {
    const answers = new Map<string, number>();
    for (let k = 0; k < 1200; k++) {
      const n = 1 + below(5);
      const text = mutate(draw(n).events.slice(0, 1 + below(400)));
      writeFileSync(path("g.events.csv"), text);
      const answer = await answerOf(() => stepsOf("g.events.csv", [spikes(n)]));
      const key = typeof answer === "string" ? answer : "works";
      answers.set(key, (answers.get(key) ?? 0) + 1);
    }
    expect([...answers.keys()].sort()).toEqual(["INPUT_FORMAT", "works"]);
  });

  test("csv: INPUT_FORMAT or INPUT_SIZE, or whole steps", async () => {
    const answers = new Set<string>();
    for (let k = 0; k < 800; k++) {
      const tensor = k % 2 === 0 ? spikes(3) : values(3);
      const rows = Array.from({ length: 1 + below(20) }, () => [below(3), below(9), below(2)]);
      writeFileSync(path("h.csv"), mutate(rows.map((row) => `${row.join(",")}\n`).join("")));
      const answer = await answerOf(() => stepsOf("h.csv", [tensor]));
      answers.add(typeof answer === "string" ? answer : "works");
    }
    expect([...answers].sort()).toEqual(["INPUT_FORMAT", "INPUT_SIZE", "works"]);
  });

  test("a line that never ends is refused before it is read", async () => {
    writeFileSync(path("i.events.csv"), "0,0\n");
    for (let k = 0; k < 40; k++) appendFileSync(path("i.events.csv"), "1".repeat(100_000));
    expect(await answerOf(() => stepsOf("i.events.csv", [spikes(2)]))).toBe("INPUT_FORMAT");
    expect(await answerOf(() => stepsOf("i.events.csv", [values(2)]))).toBe("INPUT_FORMAT");
  });

  /** One to four characters lost, doubled, replaced or moved; or cut short. */
  function mutate(text: string): string {
    let characters = [...text];
    for (let k = 1 + below(4); k > 0; k--) {
      const at = below(characters.length + 1);
      const some = noise[below(noise.length)] ?? "";
      switch (below(5)) {
        case 0:
          characters.splice(at, 1);
          break;
        case 1:
          characters.splice(at, 0, some);
          break;
        case 2:
          characters[at] = some;
          break;
        case 3:
          characters.splice(
            below(characters.length + 1),
            0,
            ...characters.splice(at, 1 + below(9)),
          );
          break;
        default:
          if (below(6) === 0) characters = characters.slice(0, at);
      }
    }
    return characters.join("");
  }
});
