/** The spiking peer: Brian2's C++ standalone, where Debian's python3-brian is installed. See brian2_cuba.py. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import type { Run } from "./runs.ts";

export type Brian2 = {
  /** with what is being timed */
  readonly name: string;
  /** writing, compiling and linking the project: not in any run */
  readonly buildSeconds: number;
  readonly run: () => Run & { readonly spikes: number };
  /** removes the project */
  readonly close: () => void;
};

/** What stands in the row instead of the peer. */
export type Missing = { readonly reason: string; readonly remedy: string };

const INSTALL: Missing = {
  reason: "Debian's python3-brian is not installed",
  remedy: "apt-get install -y --no-install-recommends python3-brian g++ make",
};
/** The packaged one first: another python3 that comes before it does not see Debian's packages. */
const PYTHONS = ["/usr/bin/python3", "python3"];
const NO_BRIAN2 = 3;

/** Brian2 with this very network, built and compiled; what a run times is the simulation alone. */
export function openBrian2(
  graph: SpikingGraph,
  script: URL,
  biologicalSeconds: number,
): Brian2 | Missing {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-brian2-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  writeNetwork(graph, folder);
  const start = performance.now();
  for (const python of PYTHONS) {
    const args = [fileURLToPath(script), folder, `${biologicalSeconds}`];
    const built = spawnSync(python, args, { encoding: "utf8" });
    if (built.error || built.status === NO_BRIAN2) continue;
    if (built.status !== 0) {
      close();
      const why = built.stderr.trim().split("\n").at(-1) ?? "";
      return { reason: `Brian2 did not build its project: ${why}`, remedy: INSTALL.remedy };
    }
    const { version, binary } = JSON.parse(built.stdout.trim().split("\n").at(-1) ?? "");
    return {
      name: `Brian2 ${version}, C++ standalone, float64, one thread, profiler off`,
      buildSeconds: (performance.now() - start) / 1000,
      run: () => {
        const { stdout, status } = spawnSync(binary, { encoding: "utf8", cwd: dirname(binary) });
        if (status !== 0) throw new Error(`Brian2's binary ended with ${status}`);
        return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
      },
      close,
    };
  }
  close();
  return INSTALL;
}

function writeNetwork({ nodes, edges }: SpikingGraph, folder: string): void {
  const write = (name: string, values: NodeJS.ArrayBufferView) =>
    writeFileSync(join(folder, name), values);
  for (const { source, target, receptor } of edges) {
    const [synapses, neurons] = [nodes[source], nodes[target]];
    if (synapses?.kind !== "Sparse" || neurons?.kind !== "CubaLIF") continue;
    const name = neurons.receptors[receptor]?.name;
    const pre = new Int32Array(synapses.post.length);
    for (let k = 0; k < synapses.inputSize; k++) {
      pre.fill(k, synapses.rowStart[k], synapses.rowStart[k + 1]);
    }
    write(`${name}.pre.i32`, pre);
    write(`${name}.post.i32`, Int32Array.from(synapses.post));
    write("start.f64", Float64Array.from(neurons.vInitial as Float64Array));
  }
}
