/** Where elements come from that lie in a file as they are: .bin, or .npy behind its head. */
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import type { ManifestTensor } from "../module/manifest.ts";
import { inspectNpy, isNpy, npyElements, npyRows, requireNpyRow } from "./npy-rows.ts";
import { bytesOf, sizeOf } from "./read-bytes.ts";
import { elementTensors, fileBytes, halfAway } from "./tensor-values.ts";

export type ElementSource = {
  /** bytes of all rows; null for pipes and devices */
  readonly size: number | null;
  /** the rows' bytes, cut anywhere */
  readonly chunks: () => AsyncGenerator<Uint8Array>;
};

/** @throws IO; of a .npy file also INPUT_FORMAT, INPUT_SIZE */
export async function elementSource(
  path: string,
  tensors: readonly ManifestTensor[],
): Promise<ElementSource> {
  const size = await sizeOf(path);
  if (!isNpy(path)) return { size, chunks: () => bytesOf(path) };
  const row = requireNpyRow(path, tensors);
  const rows = size === null ? null : npyRows(path, await inspectNpy(path, size, row), row);
  return {
    size: rows === null ? null : rows * fileBytes(tensors),
    chunks: () => {
      const elements = npyElements(path, bytesOf(path), row);
      const real = tensors.every(({ edge }) => edge === "value");
      return real ? quantised(path, elements, elementTensors(tensors)) : elements;
    },
  };
}

/** Real numbers, float32, as the int16 of values and samples. @throws INPUT_FORMAT for what is none, or out of range */
async function* quantised(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  perElement: readonly ManifestTensor[],
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  let done = 0;
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(Buffer.concat([rest, chunk]));
    const view = new DataView(bytes.buffer);
    const out = new DataView(new ArrayBuffer(2 * Math.floor(bytes.length / 4)));
    for (let k = 0; 2 * k < out.byteLength; k++, done++) {
      const real = view.getFloat32(4 * k, true);
      const { scale } = at(perElement, done % perElement.length);
      const q = halfAway(real / scale);
      if (!(q >= -32768 && q <= 32767)) {
        const row = Math.floor(done / perElement.length) + 1;
        const where = `${path}: row ${row}, value ${(done % perElement.length) + 1}`;
        const expected = `a number from ${-32768 * scale} to ${32767 * scale}`;
        fail(
          "INPUT_FORMAT",
          where,
          `${real}`,
          expected,
          "Scale the input, and the weights behind it.",
        );
      }
      out.setInt16(2 * k, q, true);
    }
    rest = bytes.subarray(2 * out.byteLength);
    if (out.byteLength > 0) yield new Uint8Array(out.buffer);
  }
}
