/** Spiking graphs compiled and stepped: what tests of spikes share. */
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { importNir, NIR_DEFAULTS, type NirOptions } from "../../host/importers/nir/index.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import type { Manifest } from "../../host/module/manifest.ts";
import { type LocalSession, localTarget } from "../../host/runtime/index.ts";
import { readData } from "./data.ts";

export type SpikingSession = {
  readonly session: LocalSession;
  readonly manifest: Manifest;
  /** One step: counts in, outputs out. */
  readonly step: (input: ArrayLike<number>) => Uint8Array;
  /** What a named entry of the manifest holds now, in the file's units. */
  readonly read: (name: string) => number[];
};

export async function openSpiking(
  graph: SpikingGraph,
  options: Partial<CompileOptions> = {},
): Promise<SpikingSession> {
  const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, ...options });
  const session = await localTarget().load(wasm);
  const output = new Uint8Array(session.outputBytes);
  return {
    session,
    manifest,
    step(input) {
      const bytes = Uint8Array.from(input);
      session.step(bytes, output);
      return output.slice();
    },
    read(name) {
      const entry = manifest.memory.find((e) => e.name === name);
      if (!entry) throw new Error(`no memory ${name}`);
      const bytes = session.read(entry.ptr, entry.len);
      const raw =
        entry.dtype === "i32"
          ? new Int32Array(bytes.buffer)
          : entry.dtype === "i16"
            ? new Int16Array(bytes.buffer)
            : entry.dtype === "u16"
              ? new Uint16Array(bytes.buffer)
              : bytes;
      return Array.from(raw, (q) => (q - (entry.zeroPoint ?? 0)) * (entry.scale ?? 1));
    },
  };
}

export const nirGraph = (path: string, options: Partial<NirOptions> = {}): SpikingGraph =>
  importNir(
    readData(`nir/${path}`),
    { name: path, format: "nir", sha256: "" },
    { ...NIR_DEFAULTS, ...options },
  );

/** A csv file of the data folder as rows of numbers. */
export const nirRows = (path: string): number[][] =>
  new TextDecoder()
    .decode(readData(`nir/${path}`))
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
