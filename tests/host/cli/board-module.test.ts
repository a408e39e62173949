/** A layer whose fast form is too large for a board's memory: `inspect` counts with the smaller one. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { cliJson, type Document, folderOfFiles } from "../../support/cli.ts";
import { tfliteBytes } from "../../support/tflite-from-graph.ts";
import { fullyConnectedLayer } from "../../support/weighted-layer.ts";

const { file } = folderOfFiles();

/** `size` × `size` weights: `size`² bytes in the smaller form, 4/3 of that in the fast one. */
function model(size: number): string {
  const random = mulberry32(size);
  const weights = Int8Array.from({ length: size * size }, () => Math.floor(255 * random()) - 127);
  const bias = Array.from({ length: size }, () => 0);
  const given = { rows: 1, zeroPoint: 0, weights, weightZeroPoint: 0, multiplier: 1e-4, bias };
  return file(`${size}.tflite`, tfliteBytes(fullyConnectedLayer(given)));
}

async function pico(size: number): Promise<Document> {
  const { document } = await cliJson(["inspect", model(size), "--build"]);
  return document.boards.find((board: Document) => board.name === "pico") ?? {};
}

test("a board fits with the smaller form where it does not with the fast one", async () => {
  expect(await pico(300)).toMatchObject({
    fits: true,
    reason: expect.not.stringContaining("smaller"),
  });
  expect(await pico(460)).toMatchObject({ fits: true, reason: expect.stringContaining("smaller") });
  expect(await pico(600)).toMatchObject({ fits: false });
});
