/** Counts that inputs bring in one step: sums are proven for the largest that was declared, so more is refused. */
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "./manifest.ts";

export const limitOf = ({ maxCount = 255 }: Pick<ManifestTensor, "maxCount">): number => maxCount;

export const DECLARE =
  "Feed fewer, or compile the model with a larger --max-count (maxCount in code).";

/** Raises INPUT_FORMAT where a step brings more than was declared; null where nothing was. */
export type CountCheck = (input: Uint8Array, where: string) => void;

export function countCheck(inputs: readonly ManifestTensor[]): CountCheck | null {
  if (inputs.every((tensor) => limitOf(tensor) === 255)) return null;
  let end = 0;
  const ranges = inputs.map((tensor) => {
    const from = end;
    end += elements(tensor.shape) * ELEMENT_BYTES[tensor.dtype];
    return { name: tensor.name, from, to: end, most: limitOf(tensor) };
  });
  return (input, where) => {
    for (const { name, from, to, most } of ranges) {
      for (let k = from; k < to; k++) {
        const count = input[k] as number;
        if (count <= most) continue;
        const got = `${count} spikes of element ${k - from} of ${name} in one step`;
        fail("INPUT_FORMAT", where, got, `at most ${most}`, DECLARE);
      }
    }
  };
}
