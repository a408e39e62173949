/** Small weights beside large ones: kept apart where a source or a target would be lost, else left as they are. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { forEachSynapse } from "../../../host/spiking/matrix.ts";
import { inParts, roundPart, type Storage } from "../../../host/spiking/small-weights.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";
import { chain, f64, i64, writeNir } from "../../support/nir-writer.ts";

const { file, path } = folderOfFiles();
const storage = (pre: number, post: number, width: "i16" | "i8", units = 2 ** 21): Storage => ({
  ...{ pre, post, units, width, least: 0, fewest: 8 },
});
const largestOf = (weight: Float64Array) =>
  weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);

describe("the parts", () => {
  test("nothing lost as a whole: the matrix itself, with the exponent of its largest weight", () => {
    const random = mulberry32(5);
    for (const [width, limit] of [
      ["i16", 32767],
      ["i8", 127],
    ] as const) {
      const weight = Float64Array.from({ length: 60 * 40 }, () => random() ** 4);
      weight[7] = 1e-7; // alone: its row and its column have larger ones
      const matrix = { kind: "dense", weight } as const;
      const parts = inParts(matrix, largestOf(weight), storage(60, 40, width));
      expect(parts).toHaveLength(1);
      expect(parts[0]?.matrix).toBe(matrix);
      // the smallest power of two with which the largest fits
      const exponent = parts[0]?.exponent ?? 0;
      const stored = (e: number) => Math.round((largestOf(weight) * 2 ** 21) / 2 ** e);
      expect(stored(exponent)).toBeLessThanOrEqual(limit);
      expect(stored(exponent - 1)).toBeGreaterThan(limit);
    }
  });

  test("of random rows of very different sizes: every synapse once, no row lost that has a unit", () => {
    const random = mulberry32(11);
    for (let round = 0; round < 40; round++) {
      const [pre, post] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 9)];
      const size = Array.from({ length: pre }, () => 10 ** (-7 * random()));
      const weight = Float64Array.from(
        { length: pre * post },
        (_, k) => (random() - 0.4) * (size[Math.floor(k / post)] ?? 0),
      );
      for (const width of ["i16", "i8"] as const) {
        const own = storage(pre, post, width);
        const found = new Float64Array(pre * post);
        const sums = new Float64Array(post);
        for (const part of inParts({ kind: "dense", weight }, largestOf(weight), own)) {
          const stored = roundPart(part, own);
          let k = 0;
          forEachSynapse(part.matrix, pre, post, (i, j, w) => {
            expect(weight[i * post + j]).toBe(w);
            const units = (stored.weight[k++] ?? 0) * 2 ** part.exponent;
            found[i * post + j] = units;
            if (part.small) sums[j] = (sums[j] ?? 0) + (units - w * own.units) / 2 ** part.exponent;
          });
        }
        // what is kept apart: sums onto every target are right to half a stored unit of each part
        for (const error of sums) expect(Math.abs(error)).toBeLessThanOrEqual(3 * 0.5 + 1e-6);
        for (let i = 0; i < pre; i++) {
          const row = weight.subarray(i * post, (i + 1) * post);
          const left = found.subarray(i * post, (i + 1) * post).some((units) => units !== 0);
          if (largestOf(row) * own.units >= 8) expect(left, `row ${i}`).toBe(true);
        }
      }
    }
  });

  test("delays go with their synapses", () => {
    const matrix = {
      kind: "sparse",
      rowStart: Uint32Array.of(0, 2, 3),
      post: Uint32Array.of(0, 1, 0),
      weight: Float64Array.of(1, 0.5, 1e-5),
      delaySteps: Uint8Array.of(3, 4, 5),
    } as const;
    const [coarse, small] = inParts(matrix, 1, storage(2, 2, "i16"));
    expect(coarse?.matrix).toMatchObject({ delaySteps: Uint8Array.of(3, 4) });
    expect(small?.matrix).toMatchObject({
      ...{ rowStart: Uint32Array.of(0, 0, 1), post: Uint32Array.of(0) },
      ...{ weight: Float64Array.of(1e-5), delaySteps: Uint8Array.of(5) },
    });
  });
});

describe("networks", () => {
  const spikesOf = async (model: string, input: string, ...more: readonly string[]) => {
    const record = path("n.events.csv");
    const args = ["--input", input, "--record", `n.spikes=${record}`];
    const { code, stderr } = await cli(["run", model, ...args, ...more]);
    expect(code).toBe(0);
    const steps = readFileSync(record, "utf8").trim().split("\n");
    return { steps: steps.map((line) => Number(line.split(",")[0])), stderr };
  };

  for (const build of ["mvp", "simd"]) {
    for (const weights of ["i16", "i8"]) {
      dataTest(`200 weights of 1e-5 beside one of 1, ${build} ${weights}`, async () => {
        const row = `0,${Array.from({ length: 200 }, () => 1).join()}\n`;
        const input = file("lost.csv", row.repeat(300));
        const model = dataPath("nir-cases/tiny_lost_i16.nir");
        const more = ["--build", build, "--weights", weights];
        const { steps, stderr } = await spikesOf(model, input, ...more);
        // of 8 bits all 200 together are below half a unit of the large one: that is said
        const lost = "warning: projection fc: 200 of 201 weights round to 0 beside the largest";
        expect(stderr.includes(lost)).toBe(weights === "i8");
        if (weights === "i16") expect(steps).toEqual([50, 101, 152, 203, 254]);
      });
    }
  }

  dataTest("a small weight beside a large one: kept in 16 bits, said to be lost in 8", async () => {
    const [model = "", input = ""] = ["tiny_beside_big.nir", "tb.csv"].map((name) =>
      dataPath(`nir-cases/${name}`),
    );
    const { steps } = await spikesOf(model, input, "--weights", "i16");
    expect(steps).toHaveLength(1);
    expect(Math.abs((steps[0] ?? 0) - 100)).toBeLessThan(6);
    const { stderr } = await spikesOf(model, input, "--weights", "i8");
    expect(stderr).toContain(
      "warning: projection fc: 1 of 2 weights round to 0 beside the largest; --weights i16 keeps smaller ones",
    );
  });

  test("what no exponent holds is said, with its projection, wherever a network is compiled", async () => {
    const graph = chain({
      input: { type: "Input", shape: i64(3) },
      fc: { type: "Linear", weight: f64([1, 3], 1, 1e-12, 0) },
      n: { type: "Threshold", threshold: f64([1], 0.5) },
      output: { type: "Output", shape: i64(1) },
    });
    const model = file("lost.nir", await writeNir(graph));
    for (const verb of [["run"], ["inspect"], ["compile", "-o", path("lost.wasm")]]) {
      const [name = "", ...options] = verb;
      const { document, stderr } = await cliJson([name, model, ...options]);
      const text = "projection fc: 1 of 2 weights round to 0 beside the largest";
      expect(document.warnings, name).toContain(text);
      expect(stderr).toContain(`warning: ${text}`);
    }
    const { document } = await cliJson(["inspect", model]);
    expect(document.quantisation.projections).toMatchObject([
      { name: "fc", projection: "fc", weights: 2, roundToZero: 1 },
    ]);
  });
});
