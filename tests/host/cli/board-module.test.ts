/** A layer that is larger than a board's memory: `inspect` knows that its weights stay in flash. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { cliJson, type Document, folderOfFiles } from "../../support/cli.ts";
import { tfliteBytes } from "../../support/tflite-from-graph.ts";
import { fullyConnectedLayer } from "../../support/weighted-layer.ts";

const { file } = folderOfFiles();

/** `size` × `size` weights, of a byte each. */
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

test("a board has room for weights as long as its flash has", async () => {
  for (const size of [300, 600]) {
    expect(await pico(size)).toMatchObject({
      fits: true,
      reason: expect.not.stringContaining("smaller"),
    });
  }
  expect(await pico(1100)).toMatchObject({ fits: false, reason: expect.stringContaining("slots") });
});
