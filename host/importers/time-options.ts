/** What a caller says of a spiking network's time: checked by name and value, because JavaScript checks neither. */
import { fail, type Problem, problem, TwentyWattError } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import { resetOf } from "../spiking/own-reset.ts";
import { nearest } from "../text.ts";
import type { NirOptions } from "./nir/index.ts";

/** Any of them; undefined is absent. */
export type ImportOptions = { readonly [K in keyof NirOptions]?: NirOptions[K] | undefined };

const isDt = (value: unknown): boolean =>
  typeof value === "number" && Number.isFinite(value) && value > 0;

/** The values of each, as a person reads them. */
const CHOICES: {
  readonly [K in Exclude<keyof NirOptions, "dtSeconds">]: readonly NirOptions[K][];
} = {
  timeUnit: ["s", "ms"],
  discretisation: ["norse", "snntorch", "spyx", "nengo", "sinabs", "lava", "exact"],
  reset: ["zero", "subtract"],
  inputKind: ["spikes", "values"],
};

/** Those that were given. Raises USAGE for every one that does not exist or cannot be. */
export function timeOptions(options: ImportOptions): Partial<NirOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const names = ["dtSeconds", ...Object.keys(CHOICES)];
  const problems = given.flatMap(([name, value]): Problem[] => {
    if (!names.includes(name)) {
      const meant = nearest(name, names);
      const remedy = meant === null ? "Leave the option out." : `Write ${meant}.`;
      return [problem("USAGE", "importModel", `option ${name}`, names.join(", "), remedy)];
    }
    const choices = (CHOICES as Readonly<Record<string, readonly unknown[]>>)[name];
    if (choices?.includes(value) ?? isDt(value)) return [];
    const expected = choices?.join(", ") ?? "a number of seconds above 0";
    return [problem("USAGE", `option ${name}`, String(value), expected, "Change the option.")];
  });
  if (problems.length > 0) throw new TwentyWattError(problems);
  return Object.fromEntries(given) as Partial<NirOptions>;
}

/** A graph whose time is what a caller asks for. */
export function timed(graph: Graph, options: Partial<NirOptions>): Graph {
  if (graph.kind === "layered") return graph;
  const { timeUnit, dtSeconds } = graph.semantics;
  if (options.timeUnit === "ms" && timeUnit !== "ms") {
    const expected = "s: times of a graph are in seconds";
    fail("USAGE", "timeUnit (--time-unit)", "ms", expected, "Leave the option out.");
  }
  const dt = options.dtSeconds ?? dtSeconds;
  const stepwise = dt === dtSeconds ? null : countedInSteps(graph);
  if (stepwise !== null) {
    const expected = `${dtSeconds}: delays of ${stepwise} are counted in its steps`;
    fail("USAGE", "dtSeconds (--dt)", String(dt), expected, "Leave the option out.");
  }
  // another framework's steps come with its reset; the graph's own stays with its own
  const { discretisation } = { ...graph.semantics, ...options };
  const own = options.discretisation === undefined ? graph.semantics.reset : undefined;
  const reset = resetOf(discretisation, options.reset ?? own);
  return { ...graph, semantics: { ...graph.semantics, ...options, reset, timeUnit } };
}

/** The first node with delays that a longer step would lengthen; null where there is none. */
function countedInSteps({ nodes }: SpikingGraph): string | null {
  const found = nodes.find(
    (node) =>
      node.kind === "Sparse" && (typeof node.delaySteps !== "number" || node.delaySteps > 0),
  );
  return found?.name ?? null;
}
