/** Spiking networks of every kind, on every build: outputs, potentials, counters against the oracle; the state's bytes. */
import { expect, test } from "vitest";
import { discretise } from "../../host/spiking/discretise.ts";
import { quantise } from "../../host/spiking/quantise.ts";
import { largePopulation, randomSpiking, type SpikingDraft } from "../support/random-spiking.ts";
import { agree } from "../support/spiking-agreement.ts";

const CASES: readonly SpikingDraft[] = [
  { discretisation: "norse", reset: "zero" },
  { discretisation: "snntorch", reset: "subtract" },
  { discretisation: "spyx", reset: "subtract" },
  { discretisation: "sinabs", reset: "subtract" },
  { discretisation: "exact", reset: "zero", inputKind: "values" },
];

for (const [seed, draft] of CASES.entries()) {
  for (const weights of ["i16", "i8"] as const) {
    const title = `${draft.discretisation}, ${draft.inputKind ?? "spikes"}, ${weights}`;
    test(`every kind, ${title}`, async () => {
      await agree(randomSpiking(seed + 1, draft), seed, weights);
    });
  }
}

for (const seed of [0, 1, 2, 3]) {
  for (const resting of [false, true]) {
    const bits = resting ? "products of 16 bits" : "products of all bits";
    test(`a large population, ${seed}: the fused kernel, ${bits}`, async () => {
      const graph = largePopulation(seed, resting);
      const [population] = quantise(discretise(graph)).events.flatMap((event) =>
        event.kind === "population" && event.population.fused ? [event.population] : [],
      );
      expect(population?.dropped !== null).toBe(resting);
      await agree(graph, seed, seed === 1 || seed === 2 ? "i8" : "i16");
    });
  }
}
