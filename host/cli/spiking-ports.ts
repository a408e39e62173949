/** What a spiking network reads, writes and lets be seen, known before anything is compiled: from its memory plan. */
import type { CompileOptions } from "../compiler/options.ts";
import { elements } from "../model/graph.ts";
import type { ManifestTensor, MemoryEntry } from "../module/manifest.ts";
import type { SpikingModel } from "./model.ts";

export type SpikingPorts = {
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly memory: readonly MemoryEntry[];
};

/** Raises what planning raises. */
export async function spikingPorts(
  model: SpikingModel,
  options: CompileOptions,
): Promise<SpikingPorts> {
  if (model.kind === "module") return model.manifest;
  const { plan } = await import("../compiler/index.ts");
  const { entries } = plan(model.graph, options);
  const named = (kind: "Input" | "Output") =>
    new Set(model.graph.nodes.filter((node) => node.kind === kind).map(({ name }) => name));
  // a population's spikes may lie in the output's own memory, under its own name
  const tensors = (kind: MemoryEntry["kind"], names: ReadonlySet<string>) =>
    entries.filter((entry) => entry.kind === kind && names.has(entry.name)).map(tensorOf);
  return {
    inputs: tensors("input", named("Input")),
    outputs: tensors("output", named("Output")),
    memory: entries,
  };
}

function tensorOf({ name, shape, dtype = "u8", scale = 1 }: MemoryEntry): ManifestTensor {
  if (dtype === "u16") throw new Error(`${name}: potentials of 16 bits are no port`);
  return {
    ...{ name, shape: shape ?? [], dtype, scale, zeroPoint: 0 },
    edge: dtype === "u8" ? "spike" : "value",
  };
}

/** Elements of one step, all tensors together. */
export const elementCount = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((n, { shape }) => n + elements(shape), 0);

/** Bytes of one step, as in the module and in .bin files. */
export const stepBytes = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((n, { shape, dtype }) => n + elements(shape) * ELEMENT_BYTES[dtype], 0);

export const ELEMENT_BYTES = { i8: 1, u8: 1, i16: 2, i32: 4 } as const;

/** Reads a buffer of tensors back to back into one list of numbers, times their scale where that is asked for. */
export function readElements(
  bytes: Uint8Array,
  tensors: readonly ManifestTensor[],
  to: Float64Array,
  real = false,
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, k] = [0, 0];
  for (const { shape, dtype, scale } of tensors) {
    const unit = real ? scale : 1;
    for (const end = k + elements(shape); k < end; k++, at += ELEMENT_BYTES[dtype]) {
      to[k] = unit * READ[dtype](view, at);
    }
  }
  return to;
}

const READ = {
  i8: (view: DataView, at: number) => view.getInt8(at),
  u8: (view: DataView, at: number) => view.getUint8(at),
  i16: (view: DataView, at: number) => view.getInt16(at, true),
  i32: (view: DataView, at: number) => view.getInt32(at, true),
} as const;
