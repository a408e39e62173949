/** Damaged graph JSON of both versions: seeded edits of what documents say, and of their text. */
import { vibrationSpikes } from "../../host/front/named/vibration-spikes.ts";
import { graphJson } from "../../host/importers/index.ts";
import { at } from "../../host/model/at.ts";
import type { Random } from "../../host/model/random.ts";
import type { SpikingGraph } from "../../host/model/spiking-graph.ts";
import { FRONTS } from "./fronts.ts";
import { fuzzFiles, type Outcome } from "./model-fuzz.ts";
import { randomChain, randomOperator } from "./random-graph.ts";
import { KINDS } from "./random-operators.ts";
import { randomSpiking } from "./random-spiking.ts";
import { randomVariables } from "./random-variables.ts";

/** Documents as text, small ones: a case costs a parse of them. */
export type Documents = { readonly first: readonly string[]; readonly second: readonly string[] };

/** Every operator, short chains, every kind of neuron and synapse by itself. */
export function soundDocuments(): Documents {
  const layered = [
    ...KINDS.map((kind) => randomOperator(kind, 4)),
    ...[1, 2, 3].map((seed) => randomChain(seed)),
  ].map(graphJson);
  const keeping = [1, 2, 3, 4].map((seed) => graphJson(randomVariables(seed)));
  const spiking = [
    ...apart(randomSpiking(1)),
    ...apart(randomSpiking(2, { inputKind: "values", discretisation: "exact" })),
    ...apart(randomSpiking(4, { discretisation: "lava", reset: "subtract" })),
  ].map(graphJson);
  const fronts = Object.values(FRONTS).map((front, k) => ({ ...randomChain(k), front }));
  const behind = { ...at(apart(randomSpiking(1)), 0), front: vibrationSpikes };
  const fronted = [...fronts, behind].map(graphJson);
  return {
    first: layered.map(asFirstVersion),
    second: [...layered, ...keeping, ...spiking, ...spiking, ...fronted],
  };
}

function asFirstVersion(text: string): string {
  const { source: _, ...document } = JSON.parse(text);
  return JSON.stringify({ ...document, version: 1 });
}

/** The networks within a graph that nothing joins. */
function apart({ nodes, edges, ...same }: SpikingGraph): SpikingGraph[] {
  const root = nodes.map((_, k) => k);
  const find = (k: number): number => (root[k] === k ? k : find(root[k] as number));
  for (const { source, target } of edges) root[find(source)] = find(target);
  return [...new Set(nodes.map((_, k) => find(k)))].map((one) => {
    const own = nodes.flatMap((_, k) => (find(k) === one ? [k] : []));
    return {
      ...same,
      nodes: own.map((k) => nodes[k] as SpikingGraph["nodes"][number]),
      edges: edges
        .filter(({ source }) => find(source) === one)
        .map(({ source, target, receptor }) => ({
          ...{ source: own.indexOf(source), target: own.indexOf(target), receptor },
        })),
    };
  });
}

export const fuzzGraphs = (
  documents: readonly string[],
  count: number,
  runs: number,
): Promise<Outcome> => fuzzFiles((random) => damaged(documents, random), count, runs);

const encoder = new TextEncoder();

function damaged(documents: readonly string[], random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const text = pick(documents);
  if (random() < 0.1) return encoder.encode(tornText(text, pick, below));
  const document = JSON.parse(text);
  const donor = JSON.parse(pick(documents));
  for (let edits = pick([1, 1, 1, 1, 2, 3]); edits > 0; edits--) edit(document, donor, pick, below);
  return encoder.encode(JSON.stringify(document).replaceAll('"1e999"', "1e999"));
}

type Pick = <T>(list: readonly T[]) => T;
type Below = (n: number) => number;
type Place = { readonly holder: Record<string, unknown>; readonly key: string };

function edit(document: object, donor: object, pick: Pick, below: Below): void {
  const places = placesIn(document);
  // most of what a document says is numbers, and what is no number mostly ends in the reader
  const numbers = places.filter(
    ({ holder, key }) => typeof holder[key] === "number" || key === "data",
  );
  const place = pick(below(10) < 7 && numbers.length > 0 ? numbers : places);
  const { holder, key } = place;
  const value = holder[key];
  const put = (other: unknown): void => {
    holder[key] = other;
  };
  const actions: (() => void)[] = [
    () => put(pick(ODD)),
    () => put(pick(WORDS)),
    () => {
      const other = pick(placesIn(donor));
      put(structuredClone(other.holder[other.key]));
    },
    () => {
      // the same field of another node or document
      const same = placesIn(donor).filter((other) => other.key === key);
      const other = same.length > 0 ? pick(same) : place;
      put(structuredClone(other.holder[other.key]));
    },
    () => remove(holder, key),
    () => rename(holder, key, pick, below),
  ];
  if (typeof value === "number") {
    const others = [value + 1, value - 1, -value, value * 2, value / 3, value * 1e6, ...NUMBERS];
    const change = () => put(pick(others));
    actions.push(...new Array<() => void>(20).fill(change));
  }
  if (Array.isArray(value)) {
    actions.push(
      () => void value.push(structuredClone(value[0] ?? 1)),
      () => void value.splice(below(value.length + 1), 1),
      () => void value.reverse(),
      () => void value.splice(below(value.length + 1), 0, structuredClone(pick(value) ?? 0)),
    );
  }
  if (key === "data" && typeof value === "string") {
    const change = () => put(numberInBytes(value, holder.dtype, pick, below));
    actions.push(...new Array<() => void>(20).fill(change));
  }
  pick(actions)();
}

/** Every value of a document, however deep. */
function placesIn(value: object): Place[] {
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key): Place[] => {
    const inner = holder[key];
    const own = { holder, key };
    return typeof inner === "object" && inner !== null ? [own, ...placesIn(inner)] : [own];
  });
}

function remove(holder: Record<string, unknown>, key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

function rename(holder: Record<string, unknown>, key: string, pick: Pick, below: Below): void {
  if (Array.isArray(holder) || key.length < 2) return;
  const k = below(key.length);
  const other = pick([
    key.slice(0, k) + key.slice(k + 1),
    `${key}s`,
    key.toUpperCase(),
    pick(WORDS),
  ]);
  holder[other] = holder[key];
  delete holder[key];
}

/** One element of an array is another number. */
function numberInBytes(data: string, dtype: unknown, pick: Pick, below: Below): string {
  const bytes = Buffer.from(data, "base64");
  if (bytes.length < 8 || dtype !== "f64") {
    if (bytes.length > 0) bytes[below(bytes.length)] = below(256);
    return bytes.toString("base64");
  }
  bytes.writeDoubleLE(pick([...NUMBERS, 1 / 0, Number.NaN, 5e-324]), 8 * below(bytes.length >> 3));
  return bytes.toString("base64");
}

function tornText(text: string, pick: Pick, below: Below): string {
  const at = below(text.length);
  const deep = pick(["[", '{"a":', "[[", '{"nodes":[']).repeat(pick([3, 60, 70, 20_000]));
  return pick([
    text.slice(0, at),
    text.slice(0, at) + text.slice(at + 1 + below(40)),
    text.slice(0, at) +
      pick(['"', "0", ",", "null", "{", "]", "\\", "1e999", deep]) +
      text.slice(at),
    text.replace(pick(["null", "0", "[1"]), deep),
    text + text,
    `${" ".repeat(below(9))}${text.slice(0, at)}\u0000${text.slice(at)}`,
  ]);
}

/** "1e999" becomes the number that JSON reads as Infinity. */
const NUMBERS: readonly number[] = [
  ...[0, -0, 1, -1, 0.5, 255, 256, 4096, 65536, 1e-12, 1e-300, 1e18, 1e300, -1e300],
  ...[2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 - 1],
];
const ODD: readonly unknown[] = [
  ...[null, true, false, "", "x", [], {}, [[]], [null], "1e999", ...NUMBERS, ["a", 1]],
  ...[
    { dtype: "f64", shape: [], data: "" },
    { dtype: "u8", shape: [2 ** 24], data: "AA==" },
  ],
];
const WORDS: readonly string[] = [
  ...["Input", "Output", "Linear", "Affine", "Sparse", "Scale", "Conv1d", "Conv2d", "SumPool2d"],
  ...["AvgPool2d", "Flatten", "Delay", "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"],
  ...["AdaptiveLIF", "Izhikevich", "QIF", "Perceptron", "layered", "spiking", "exact", "lava"],
  ...["nengo", "subtract", "values", "ms", "f32", "f64", "u32", "u8", "i8", "i32", "NONE", "RELU"],
  ...["CONV_2D", "ADD", "RESHAPE", "PAD", "__proto__", "tau", "weight", "\u001b[2J", "a\nb"],
];
