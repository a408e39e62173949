/** The SHA-256 of what a graph says, name and origin left out: equal for equal networks on every machine. */
import { createHash } from "node:crypto";
import type { SpikingGraph } from "../model/spiking-graph.ts";

export function fingerprint(graph: Omit<SpikingGraph, "source">): string {
  const hash = createHash("sha256");
  const text = JSON.stringify(graph, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    // every machine this runs on is little-endian
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return { bytes: value.byteLength, type: value.constructor.name };
  });
  return hash.update(text).digest("hex");
}
