/** Small networks whose arrivals are counted, and statements of networks that are refused. */
import { expect, test } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import { cubaLif, lif, type Network, network, threshold } from "../../host/network/index.ts";
import { discretise } from "../../host/spiking/discretise.ts";
import { floatStepper } from "../../host/spiking/float-stepper.ts";

export const cell = lif({ tau: 0.02, vThreshold: 1 });
export const relay = threshold({ threshold: 0.5 });

/** Steps in which neuron k of the last population fires, after an input spike in step 0 on each of `n` inputs. */
export function arrivals(graph: SpikingGraph, n: number, k: number, steps: number): number[] {
  const discrete = discretise(graph);
  const stepper = floatStepper(discrete);
  const index = discrete.outputs[0]?.source ?? -1;
  return Array.from({ length: steps }, (_, t) => t).filter((t) => {
    stepper.step(t === 0 ? new Array(n).fill(1) : []);
    return stepper.events(index)[k] === 1;
  });
}

export type Use = (net: Network) => unknown;

/** Two populations: `a` with one receptor, `b` with the receptors e and i. */
export const two = (net: Network) => ({
  a: net.population("a", 10, cell),
  b: net.population(
    "b",
    5,
    cubaLif({ tauMem: 0.02, vThreshold: 1, receptors: { e: { tauSyn: 1 }, i: { tauSyn: 1 } } }),
  ),
});

/** What is said, how; and of the one problem: code, where, words of what was got. */
export type Refusal = readonly [string, Use, string, string, string];

export function refuses(cases: readonly Refusal[]): void {
  test.each(cases)("%s", (_, use, code, where, got) => {
    const { problems } = raised(() => use(network({ name: "test", seed: 1 })));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code, where });
    expect(problems[0]?.got).toContain(got);
  });
}

function raised(f: () => unknown): TwentyWattError {
  try {
    f();
  } catch (error) {
    if (error instanceof TwentyWattError) return error;
    throw error;
  }
  throw new Error("nothing raised");
}
