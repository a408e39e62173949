/** `net:NAME?key=value&…`: networks built by code. One row each; what builds them is loaded when asked for. */
import { fail } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { SpikingGraph } from "../model/spiking-graph.ts";
import type { NamedNetwork } from "../network/named/parameters.ts";
import { resetOf } from "../spiking/own-reset.ts";
import { didYouMean } from "../text.ts";
import type { ModelOptions } from "./options.ts";

type Row = {
  /** has parameters, of which one is dt */
  readonly timed: boolean;
  /** @param text the whole name, for messages @throws USAGE for a parameter that is unknown or out of its range */
  readonly build: (text: string, parameters: ReadonlyMap<string, string>) => Promise<Graph>;
};

const NETWORKS: Readonly<Record<string, Row>> = {
  cuba: spiking(async () => (await import("../network/named/cuba.ts")).cuba),
  lif: spiking(async () => (await import("../network/named/lif.ts")).lif),
  "adaptive-lif": spiking(
    async () => (await import("../network/named/adaptive-lif.ts")).adaptiveLif,
  ),
  izhikevich: spiking(async () => (await import("../network/named/izhikevich.ts")).izhikevich),
  "delay-line": spiking(async () => (await import("../network/named/delay-line.ts")).delayLine),
  perceptron: spiking(async () => (await import("../network/named/perceptron.ts")).perceptron),
  "small-world": spiking(async () => (await import("../network/named/small-world.ts")).smallWorld),
  "scale-free": spiking(async () => (await import("../network/named/scale-free.ts")).scaleFree),
  synfire: spiking(async () => (await import("../network/named/synfire.ts")).synfire),
  "demo-int8": demonstration(async () => {
    const { int8FromSamples, int8Graph } = await import("../demo/index.ts");
    return { samples: int8FromSamples, features: int8Graph };
  }),
  "demo-spikes": demonstration(async () => {
    const { spikesFromSamples, spikingGraph } = await import("../demo/index.ts");
    return { samples: spikesFromSamples, features: spikingGraph };
  }),
};

function spiking(load: () => Promise<NamedNetwork>): Row {
  return {
    timed: true,
    build: async (text, parameters) => (await load()).build(text, parameters),
  };
}

/** By what it takes: raw samples, or the features, or their spikes, that its front end makes of them. */
type Inputs = { readonly samples: () => Graph; readonly features: () => Graph };

function demonstration(load: () => Promise<Inputs>): Row {
  return {
    timed: false,
    build: async (text, parameters) => {
      for (const key of parameters.keys()) {
        if (key !== "input") fail("USAGE", text, `parameter ${key}`, "input");
      }
      const input = parameters.get("input") ?? "samples";
      const { samples, features } = await load();
      if (input === "samples") return samples();
      if (input === "features") return features();
      return fail("USAGE", text, `input=${input}`, "input=samples or input=features");
    },
  };
}

export const networkNames = (): readonly string[] =>
  Object.keys(NETWORKS).map((name) => `net:${name}`);

export const isNetworkName = (name: string): boolean => name.startsWith("net:");

/** What the command line may say about time in a network that is written in seconds. */
type Semantics = Pick<ModelOptions, "dt" | "timeUnit" | "discretisation" | "reset" | "inputKind">;

/** @param options override the network's own time step, discretisation, reset and kind of input */
export async function networkByName(text: string, options: Semantics = {}): Promise<Graph> {
  const [, name = "", query = ""] = /^net:([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  const row = Object.hasOwn(NETWORKS, name) ? NETWORKS[name] : undefined;
  if (!row) {
    const names = networkNames();
    const remedy = `${didYouMean(`net:${name}`, names)}README.md says what each is, and its parameters.`;
    return fail("USAGE", text, `net:${name}`, `one of ${names.join(", ")}`, remedy);
  }
  const parameters = readQuery(text, query);
  const { dt } = options;
  if (dt !== undefined) {
    const written = parameters.get("dt");
    if (written !== undefined && Number(written) !== dt) {
      fail("USAGE", "--dt", String(dt), `${written}, as in ${text}`, "Give the time step once.");
    }
    if (row.timed) parameters.set("dt", String(dt));
  }
  const graph = await row.build(text, parameters);
  return graph.kind === "spiking" ? withOptions(graph, options) : graph;
}

function readQuery(text: string, query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query.split("&").filter((pair) => pair !== "")) {
    const [key = "", value] = pair.split("=", 2);
    if (value === undefined) fail("USAGE", text, pair, "key=value");
    if (parameters.has(key)) fail("USAGE", text, `${key} twice`, "every parameter once");
    parameters.set(key, decoded(text, value ?? ""));
  }
  return parameters;
}

function decoded(text: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return fail("USAGE", text, value, "no % but in escapes such as %20");
  }
}

function withOptions(graph: SpikingGraph, options: Semantics): SpikingGraph {
  if (options.timeUnit === "ms") {
    const remedy = "Leave the option out.";
    fail("USAGE", "--time-unit", "ms", "s: networks built by code are written in seconds", remedy);
  }
  const { dtSeconds } = graph.semantics;
  if (options.dt !== undefined && options.dt !== dtSeconds) {
    const expected = `${dtSeconds}, which this network was trained with`;
    fail("USAGE", "--dt", String(options.dt), expected, "Leave the option out.");
  }
  const { discretisation, inputKind } = { ...graph.semantics, ...options };
  // another framework's steps come with its reset; the network's own stays with its own
  const own = options.discretisation === undefined ? graph.semantics.reset : undefined;
  const reset = resetOf(discretisation, options.reset ?? own);
  return { ...graph, semantics: { ...graph.semantics, discretisation, reset, inputKind } };
}
