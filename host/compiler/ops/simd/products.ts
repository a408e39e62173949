/** In which instruction a weighted layer's products are summed, and what of its constants depends on that. */
import { at } from "../../../model/at.ts";
import type { Flavour } from "../../../module/manifest.ts";
import type { Channel } from "../../channels.ts";
import type { VectorStage } from "../../requantize-simd.ts";

export type Products = {
  /** of the kernel's file, and of the form that is reported */
  readonly name: "dot" | "extmul" | "relaxed";
  /** taps of a channel that lie side by side in the packed weights */
  readonly group: number;
  /** inputs are widened to i16 */
  readonly wide: boolean;
  /** inputs are staged as x + 128 */
  readonly flip: boolean;
};

const PRODUCTS: Readonly<Record<Flavour, Products>> = {
  dot: { name: "dot", group: 2, wide: true, flip: false },
  extmul: { name: "extmul", group: 2, wide: false, flip: false },
  "relaxed-signed": { name: "relaxed", group: 4, wide: false, flip: false },
  "relaxed-unsigned": { name: "relaxed", group: 4, wide: false, flip: true },
};

/**
 * Those of the flavour, or of `dot` where the flavour's are not exact: two products of −128 · −128 leave the int16 in which
 * extended products are added, and in which some processors add relaxed ones of signed bytes.
 */
export const productsOf = (flavour: Flavour, weights: Int8Array): Products =>
  weights.includes(-128) && flavour !== "relaxed-unsigned" ? PRODUCTS.dot : PRODUCTS[flavour];

/**
 * The products of a layer with the output stage for them. Sums of x + 128 reach further than those of x: where one shift then
 * serves fewer channels, `dot` is faster.
 *
 * @param weightSums of every channel over its packed weights
 * @param stageOf    the output stage of these products, for channels of these biases
 */
export function productsWithStage(
  flavour: Flavour,
  weights: Int8Array,
  channels: readonly Channel[],
  weightSums: readonly number[],
  stageOf: (channels: readonly Channel[], products: Products) => VectorStage,
): { readonly products: Products; readonly stage: VectorStage } {
  const products = productsOf(flavour, weights);
  const plain = stageOf(channels, products.name === "relaxed" ? PRODUCTS.dot : products);
  if (products.name !== "relaxed") return { products, stage: plain };
  const raised = products.flip
    ? channels.map((channel, n) => ({ ...channel, bias: channel.bias - 128 * at(weightSums, n) }))
    : channels;
  const stage = stageOf(raised, products);
  return stage.scalar.length > plain.scalar.length
    ? { products: PRODUCTS.dot, stage: plain }
    : { products, stage };
}

export const sumOf = (weights: Int8Array): number => weights.reduce((sum, w) => sum + w, 0);

/**
 * Rows of weights → i8[passes][taps / group][pass][group]: groups of taps side by side, as the products add them up. A
 * channel that is not computed gets weights of `zeroPoint`, which count as zero; taps past the last are zero, for a kernel's
 * Σ x does not cover them.
 *
 * @param taps a multiple of the group
 * @param pass channels per pass of the kernel
 */
export function packWeights(
  row: (n: number) => Int8Array,
  live: readonly boolean[],
  { taps, pass, group }: { readonly taps: number; readonly pass: number; readonly group: number },
  zeroPoint: number,
): Uint8Array {
  const packed = new Int8Array(Math.ceil(live.length / pass) * pass * taps);
  live.forEach((computed, n) => {
    if (!computed && zeroPoint === 0) return;
    const start = Math.floor(n / pass) * pass * taps + group * (n % pass);
    row(n).forEach((weight, k) => {
      const to = start + Math.floor(k / group) * group * pass + (k % group);
      packed[to] = computed ? weight : zeroPoint;
    });
  });
  return new Uint8Array(packed.buffer);
}
