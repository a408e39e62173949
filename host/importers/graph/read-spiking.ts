/** The fields of a spiking graph, each of its type. What they mean together is check-spiking.ts's business. */
import { elements, type Source } from "../../model/graph.ts";
import type {
  Discretisation,
  Edge,
  Semantics,
  SpikingGraph,
  SpikingKind,
  SpikingNode,
} from "../../model/spiking-graph.ts";
import type { Fields } from "./fields.ts";
import { type Known, NODES, type Range, RECEPTOR, type Rule } from "./spiking-nodes.ts";

/** More elements than this in one node is no network for a small module. */
const MAX_ELEMENTS = 2 ** 24;
const MAX_RANK = 32;
/** Nodes are populations and projections, not neurons: the largest published graphs have a few dozen. */
const MAX_NODES = 4096;
const MAX_RECEPTORS = 64;

export const DISCRETISATIONS: readonly Discretisation[] = [
  ...(["norse", "snntorch", "spyx", "nengo", "sinabs", "lava", "exact"] as const),
];

export function readSpiking(graph: Fields, source: Source): SpikingGraph {
  const semantics = semanticsOf(graph.object("semantics"));
  const nodes = graph.objects("nodes");
  if (nodes.length > MAX_NODES) {
    graph.judge("MODEL_FORMAT", `${nodes.length} nodes`, `at most ${MAX_NODES}`, SMALLER);
  }
  return {
    kind: "spiking",
    source,
    semantics,
    nodes: nodes.slice(0, MAX_NODES).map(node),
    edges: graph.objects("edges").map(edge),
    labels: graph.has("labels") ? graph.texts("labels") : null,
  };
}

const SMALLER = "Give a smaller network.";

function semanticsOf(fields: Fields): Semantics {
  const dtSeconds = fields.number("dtSeconds");
  if (!(dtSeconds > 0)) fields.refuse("dtSeconds", dtSeconds, "a number of seconds above 0");
  const semantics: Semantics = {
    dtSeconds,
    timeUnit: fields.oneOf("timeUnit", ["s", "ms"]),
    discretisation: fields.oneOf("discretisation", DISCRETISATIONS),
    reset: fields.oneOf("reset", ["zero", "subtract"]),
    inputKind: fields.oneOf("inputKind", ["spikes", "values"]),
    ...(fields.has("refractory")
      ? { refractory: fields.oneOf("refractory", ["after-spike", "with-spike"]) }
      : {}),
    assumptions: fields.has("assumptions") ? fields.texts("assumptions") : [],
  };
  fields.close();
  return semantics;
}

function edge(fields: Fields): Edge {
  const found = {
    source: fields.integer("source", 0),
    target: fields.integer("target", 0),
    receptor: fields.has("receptor") ? fields.integer("receptor", 0) : 0,
  };
  fields.close();
  return found;
}

const KINDS = Object.keys(NODES) as SpikingKind[];

function node(fields: Fields): SpikingNode {
  const kind = fields.oneOf("kind", KINDS);
  const name = fields.text("name");
  const shape = shapeOf(fields);
  const found: Record<string, unknown> = {};
  for (const [field, rule] of Object.entries<Rule>(NODES[kind])) {
    found[field] = read(fields, field, rule, known(shape, found));
  }
  fields.close();
  // the one cast that TypeScript cannot follow: the rules belong to the kind
  return { kind, name, shape, ...found } as SpikingNode;
}

function shapeOf(fields: Fields): readonly number[] {
  const shape = fields.integers("shape", 1);
  if (shape.length >= 1 && shape.length <= MAX_RANK && elements(shape) <= MAX_ELEMENTS) {
    return shape;
  }
  fields.refuse("shape", shape, `1 to ${MAX_RANK} axes, at most ${MAX_ELEMENTS} elements in all`);
  return [1];
}

/** What is not there yet is not needed yet: the table's order sees to it. */
const known = (shape: readonly number[], found: Readonly<Record<string, unknown>>): Known =>
  ({ ...found, shape, synapses: (found.rowStart as Uint32Array | undefined)?.at(-1) }) as Known;

function read(fields: Fields, field: string, rule: Rule, known: Known): unknown {
  switch (rule.type) {
    case "values":
      return values(fields, field, rule.range, rule.of(known));
    case "reals":
      if (rule.optional && !fields.has(field)) return null;
      return reals(fields, field, "any", rule.shape(known));
    case "indices":
      return fields.array(field, ["u32"], rule.shape(known)) ?? new Uint32Array(1);
    case "steps":
      return fields.isNumber(field)
        ? fields.integer(field, 0)
        : fields.array(field, ["u8"], rule.shape(known));
    case "count":
      if (rule.optional && !fields.has(field)) return undefined;
      return fields.integer(field, 1, rule.most ?? MAX_ELEMENTS);
    case "sizes":
      return sizes(fields, field, rule.length, rule.low);
    case "receptors":
      return receptors(fields, field, known.shape);
  }
}

function sizes(fields: Fields, field: string, length: number, low: number): readonly number[] {
  const list = fields.integers(field, low);
  if (list.length === length) return list;
  fields.refuse(field, list, `${length} whole numbers from ${low}`);
  return new Array(length).fill(1);
}

function values(fields: Fields, field: string, range: Range, shape: readonly number[]) {
  if (!fields.isNumber(field)) return reals(fields, field, range, shape);
  const value = fields.number(field);
  if (!IN_RANGE[range](value)) fields.refuse(field, value, `a ${range} number`);
  return value;
}

function reals(
  fields: Fields,
  field: string,
  range: Range,
  shape: readonly number[],
): Float64Array | number {
  const array = fields.array(field, ["f64", "f32"], shape);
  if (array === null) return 1; // refused: of any type will do
  const fits = IN_RANGE[range];
  for (let k = 0; k < array.length; k++) {
    const value = array[k] as number;
    if (Number.isFinite(value) && fits(value)) continue;
    const expected = range === "any" ? "finite numbers" : `${range} numbers`;
    fields.object(field).judge("MODEL_RANGE", `element ${k} = ${value}`, expected);
    break;
  }
  return array instanceof Float64Array ? array : Float64Array.from(array);
}

const IN_RANGE: { readonly [R in Range]: (x: number) => boolean } = {
  any: () => true,
  positive: (x) => x > 0,
  nonnegative: (x) => x >= 0,
};

function receptors(fields: Fields, field: string, shape: readonly number[]) {
  const list = fields.objects(field);
  if (list.length < 1 || list.length > MAX_RECEPTORS) {
    fields.judge("MODEL_FORMAT", `${list.length} receptors`, `1 to ${MAX_RECEPTORS}`);
  }
  return list.slice(0, MAX_RECEPTORS).map((receptor) => {
    const found = {
      name: receptor.text("name"),
      tauSyn: values(receptor, "tauSyn", RECEPTOR.tauSyn.range, shape),
      wIn: values(receptor, "wIn", RECEPTOR.wIn.range, shape),
    };
    receptor.close();
    return found;
  });
}
