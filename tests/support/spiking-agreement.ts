/** One spiking network on both builds, step by step beside the oracle in BigInt: what tests of kernels share. */
import { expect } from "vitest";
import { mulberry32 } from "../../host/model/random.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import type { Build } from "../../host/module/manifest.ts";
import { discretise } from "../../host/spiking/discretise.ts";
import type { FixedNetwork } from "../../host/spiking/fixed-network.ts";
import { keepsPotential } from "../../host/spiking/kinds/index.ts";
import { quantise } from "../../host/spiking/quantise.ts";
import { openSpiking } from "./spiking.ts";
import { spikingOracle } from "./spiking-oracle.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];
const STEPS = 120;

/** Rows of counts, mostly silent, or of values. */
function inputRows(network: FixedNetwork, seed: number): number[][] {
  const random = mulberry32(seed);
  const inputs = network.events.filter((event) => event.kind === "input");
  const row = () =>
    inputs.flatMap(({ n, values, maxCount }) =>
      Array.from({ length: n }, () => {
        const pick = random();
        if (values) return pick < 0.5 ? 0 : Math.floor((random() - 0.4) * 600);
        const count = pick < 0.75 ? 0 : pick < 0.98 ? 1 : Math.floor(random() * 6);
        return Math.min(count, maxCount);
      }),
    );
  return Array.from({ length: STEPS }, row);
}

const bytesOf = (row: readonly number[], values: boolean): Uint8Array =>
  values ? new Uint8Array(Int16Array.from(row).buffer) : Uint8Array.from(row);

/** Outputs, potentials and counters in every step, resuming from the middle, and the bytes of the state at the end. */
export async function agree(
  graph: SpikingGraph,
  seed: number,
  weights: "i16" | "i8",
): Promise<void> {
  const network = quantise(discretise(graph), weights);
  const rows = inputRows(network, seed);
  const values = graph.semantics.inputKind === "values";
  const states: Uint8Array[] = [];
  for (const build of BUILDS) {
    const { session, step, read } = await openSpiking(graph, { build, weights });
    const oracle = spikingOracle(network);
    let saved: { readonly at: number; readonly state: Uint8Array } | null = null;
    const outputs: Uint8Array[] = [];
    rows.forEach((row, t) => {
      if (t === STEPS / 2) saved = { at: t, state: session.readState() };
      outputs.push(step(bytesOf(row, values)));
      oracle.step(row);
      network.events.forEach((event, k) => {
        if (event.kind !== "population" && event.kind !== "delay") return;
        const spiking = event.kind === "delay" || event.population.spiking;
        const where = `${build}, step ${t}, ${event.name}`;
        if (spiking) expect(read(`${event.name}.spikes`), where).toEqual(oracle.values(k));
        if (event.kind !== "population" || !keepsPotential(event.population)) return;
        const unit = 2 ** event.population.fractionBits;
        const potential = read(`${event.name}.v`).map((v) => v * unit);
        expect(potential, where).toEqual(oracle.potential(k));
      });
    });
    const { steps, ...counted } = session.counters();
    expect(steps).toBe(BigInt(STEPS));
    expect(
      Object.fromEntries(Object.entries(counted).map(([name, n]) => [name, Number(n)])),
    ).toEqual(oracle.counters);
    expect(oracle.counters.spikes).toBeGreaterThan(100);
    states.push(session.readState());
    const from = saved as { readonly at: number; readonly state: Uint8Array } | null;
    session.reset();
    session.writeState(from?.state ?? new Uint8Array());
    rows.slice(STEPS / 2).forEach((row, t) => {
      expect(step(bytesOf(row, values)), `resumed, step ${t}`).toEqual(outputs[STEPS / 2 + t]);
    });
    expect(session.readState()).toEqual(states.at(-1));
  }
  expect(states[1]).toEqual(states[0]);
}
