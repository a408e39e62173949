/**
 * A network written down as in a paper: populations, what connects them, what goes in and out. It becomes a spiking
 * graph, the same bytes from the same seed on every machine.
 *
 *     const net = network({ name: "balanced", seed: 1 });
 *     const all = net.population("neurons", 4000, cubaLif({ tauMem: 20e-3, …, receptors: { exc: …, inh: … } }));
 *     const exc = all.part("exc", 0, 3200);
 *     net.project(exc, all, { connect: probability(0.02), weight: 1.62, receptor: "exc" });
 *     net.output("spikes", all);
 *     const graph = net.graph();
 *
 * All random numbers come from one sequence, statement after statement: moving a line changes the network, as it would
 * change the order of an experimenter's dice.
 */
import { fail } from "../errors.ts";
import { elements } from "../model/graph.ts";
import { mulberry32, type Random } from "../model/random.ts";
import {
  type Discretisation,
  type Edge,
  MAX_COUNT,
  type Refractory,
  type SpikingGraph,
  type SpikingNode,
  type Values,
  valueAt,
} from "../model/spiking-graph.ts";
import { type Parameter, values } from "./distribution.ts";
import { fingerprint } from "./fingerprint.ts";
import { checkKeys, type Keys } from "./keys.ts";
import type { Neuron } from "./neurons.ts";
import type { Place } from "./positions.ts";
import { type Draft, draftProjection, type Projecting } from "./project.ts";

export type NetworkOptions = {
  /** shown where a file's name would be */
  readonly name: string;
  /** 0 */
  readonly seed?: number;
  /** 1e-4 */
  readonly dtSeconds?: number;
  /** exact: exponential integration */
  readonly discretisation?: Discretisation;
  /** zero: to v_reset. subtract: by the threshold */
  readonly reset?: "zero" | "subtract";
  /** what refractory times count from; after-spike */
  readonly refractory?: Refractory;
  /** of all inputs; spikes */
  readonly inputKind?: "spikes" | "values";
  /** of all inputs that declare none: spikes that an element brings in one step at most; 255 */
  readonly maxCount?: number;
};

const OPTIONS: Keys<NetworkOptions> = {
  ...{ name: true, seed: true, dtSeconds: true },
  ...{ discretisation: true, reset: true, refractory: true, inputKind: true, maxCount: true },
};
const PROJECTING: Keys<Projecting> = {
  ...{ connect: true, weight: true, delay: true, receptor: true, name: true },
};
/** The words that options may be; JavaScript checks none of them. */
const CHOICES = {
  discretisation: ["norse", "snntorch", "spyx", "nengo", "sinabs", "lava", "exact"],
  reset: ["zero", "subtract"],
  refractory: ["after-spike", "with-spike"],
  inputKind: ["spikes", "values"],
} as const;

/** An input, a population, or a part of one: neurons `from` … `to` − 1 of a node. */
export class Group {
  readonly name: string;
  /** index of its node */
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly #owner: Network;

  constructor(owner: Network, name: string, node: number, from: number, to: number) {
    this.#owner = owner;
    this.name = name;
    this.node = node;
    this.from = from;
    this.to = to;
  }

  get size(): number {
    return this.to - this.from;
  }

  belongsTo(network: Network): boolean {
    return this.#owner === network;
  }

  /** Neurons `from` … `to` − 1 of this group, under a name of their own. */
  part(name: string, from: number, to: number): Group {
    if (
      !(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= this.size)
    )
      fail(
        "MODEL_SHAPE",
        name,
        `neurons ${from} … ${to} of ${this.name}`,
        `within 0 … ${this.size}`,
      );
    return new Group(this.#owner, name, this.node, this.from + from, this.from + to);
  }
}

/** Neurons of one node. */
export const MAX_NEURONS = 2 ** 24;

export const network = (options: NetworkOptions): Network => new Network(options);

export class Network {
  readonly random: Random;
  readonly #options: Required<Omit<NetworkOptions, "maxCount">>;
  readonly #maxCount: number;
  readonly #nodes: SpikingNode[] = [];
  readonly #edges: Edge[] = [];
  readonly #positions = new Map<number, Float64Array>();
  /** by node: what its population is made of */
  readonly #neurons = new Map<number, Neuron>();
  /** Delay nodes by source and steps: projections with the same delay share a ring */
  readonly #delays = new Map<string, number>();

  constructor(options: NetworkOptions) {
    checkKeys("network", options, OPTIONS);
    this.#options = {
      seed: 0,
      dtSeconds: 1e-4,
      discretisation: "exact",
      reset: "zero",
      refractory: "after-spike",
      inputKind: "spikes",
      ...options,
    };
    this.#maxCount = options.maxCount ?? MAX_COUNT;
    const { name, seed, dtSeconds } = this.#options;
    if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
      fail("MODEL_RANGE", name, `seed ${seed}`, "a whole number from 0 to 4294967295", CHANGE);
    if (!(Number.isFinite(dtSeconds) && dtSeconds > 0))
      fail("MODEL_RANGE", name, `dtSeconds ${dtSeconds}`, "a number above 0", CHANGE);
    if (typeof name !== "string") fail("USAGE", "network", "no name", "a text", CHANGE);
    for (const [key, choices] of Object.entries<readonly string[]>(CHOICES)) {
      const given = this.#options[key as keyof typeof CHOICES];
      if (choices.includes(given)) continue;
      fail("USAGE", "network", `${key} ${given}`, choices.join(", "), CHANGE);
    }
    this.random = mulberry32(seed);
  }

  /**
   * Spikes (or values) from outside; one element for each of `shape`. With maxCount no element brings more spikes in one
   * step, 1 to 255: ranges are proven from it, and a step that brings more is refused.
   */
  input(
    name: string,
    shape: number | readonly number[],
    positions: Place | null = null,
    more: { readonly maxCount?: number } = {},
  ): Group {
    checkKeys(`input ${name}`, more, { maxCount: true });
    const { maxCount = this.#maxCount } = more;
    if (!(Number.isInteger(maxCount) && maxCount >= 1 && maxCount <= MAX_COUNT))
      fail(
        "MODEL_RANGE",
        name,
        `maxCount ${maxCount}`,
        `a whole number, 1 to ${MAX_COUNT}`,
        CHANGE,
      );
    const declared = maxCount === MAX_COUNT ? {} : { maxCount };
    return this.#addGroup({ ...this.#named(name, shape), kind: "Input", ...declared }, positions);
  }

  population(
    name: string,
    shape: number | readonly number[],
    neuron: Neuron,
    more: { readonly positions?: Place | null } = {},
  ): Group {
    checkKeys(`population ${name}`, more, { positions: true });
    const { positions = null } = more;
    if (typeof neuron?.node !== "function")
      fail("USAGE", `population ${name}`, "no neuron", "lif({ … }) or another neuron", CHANGE);
    const base = this.#named(name, shape);
    const n = elements(base.shape);
    const node = neuron.node(base, (what, given, range) =>
      values(name, what, given, n, this.random, range),
    );
    if ("vThreshold" in node) refuseEndlessFiring(name, node.vThreshold, node.vReset, n);
    if ("receptors" in node && node.receptors.length === 0)
      fail("USAGE", name, "no receptors", "at least one synaptic current", CHANGE);
    const group = this.#addGroup(node, positions);
    this.#neurons.set(group.node, neuron);
    return group;
  }

  /** Potentials at step 0, where they are to be drawn after other things. */
  start(group: Group, v: Parameter): void {
    const node = this.#nodeOf(group);
    if (!("vInitial" in node)) {
      const got = `a start for ${node.kind}`;
      fail("USAGE", group.name, got, "neurons with a potential", CHANGE);
    }
    const given = values(group.name, "vInitial", v, group.size, this.random);
    const all = Float64Array.from({ length: elements(node.shape) }, (_, k) =>
      k >= group.from && k < group.to ? valueAt(given, k - group.from) : valueAt(node.vInitial, k),
    );
    this.#nodes[group.node] = { ...node, vInitial: all };
  }

  /** Synapses from every neuron of `source` that the rule picks to those of `target`. */
  project(source: Group, target: Group, projecting: Projecting): void {
    checkKeys("project", projecting, PROJECTING);
    if (typeof projecting.connect?.kind !== "string")
      fail("USAGE", "project", "no rule of connection", "connect: allToAll() or another", CHANGE);
    const from = this.#nodeOf(source);
    const to = this.#nodeOf(target);
    const where = this.#freeName(projecting.name ?? `${source.name}_to_${target.name}`);
    const neuron = this.#neurons.get(target.node);
    if (!neuron || neuron.taughtBy !== null) {
      const remedy = "A perceptron is wired to its source: net.wire(source, target).";
      fail("USAGE", where, `${to.kind} as target`, "neurons with synapses", remedy);
    }
    const receptor = this.#receptor(where, target, projecting.receptor);
    const { dtSeconds } = this.#options;
    const places = this.#places(source, target);
    const draft = draftProjection(
      {
        pairing: {
          where,
          pre: source.size,
          post: target.size,
          shift: source.node === target.node ? source.from - target.from : null,
          random: this.random,
        },
        source: { offset: source.from, of: elements(from.shape) },
        target: { offset: target.from, shape: to.shape },
        places,
        dtSeconds,
      },
      projecting,
    );
    const before = this.#delayed(source.node, draft.delay);
    const node = this.#addNode(draft.node);
    this.#edges.push({ source: before, target: node, receptor: 0 });
    this.#edges.push({ source: node, target: target.node, receptor });
  }

  /** The identity: element k of the source straight into neuron k, or into what a perceptron reads. */
  wire(source: Group, target: Group): void {
    const to = this.#nodeOf(target);
    const from = this.#nodeOf(source);
    const neuron = this.#neurons.get(target.node);
    const wanted = neuron?.taughtBy ?? elements(to.shape);
    const where = `${source.name}_to_${target.name}`;
    if (
      source.size !== wanted ||
      elements(from.shape) !== wanted ||
      target.size !== elements(to.shape)
    )
      fail(
        "MODEL_SHAPE",
        where,
        `${source.size} elements`,
        `${wanted}, and whole populations`,
        CHANGE,
      );
    if (!neuron) fail("USAGE", where, `${to.kind} as target`, "neurons", CHANGE);
    const receptor = this.#receptor(where, target, undefined);
    this.#edges.push({ source: source.node, target: target.node, receptor });
  }

  /** What is read after every step: spikes, or the potential of neurons that do not fire. */
  output(name: string, group: Group): void {
    const { shape } = this.#nodeOf(group);
    if (group.size !== elements(shape)) {
      const remedy = "Give the population and read the part from its output.";
      fail("USAGE", name, `a part, ${group.name}`, "a whole population or input", remedy);
    }
    const node = this.#addNode({ ...this.#named(name, shape), kind: "Output" });
    this.#edges.push({ source: group.node, target: node, receptor: 0 });
  }

  graph(): SpikingGraph {
    const { name, dtSeconds, discretisation, reset, refractory, inputKind } = this.#options;
    if (!this.#nodes.some((node) => node.kind === "Output"))
      fail("USAGE", name, "no output", "net.output(name, population)", CHANGE);
    const content = {
      kind: "spiking",
      semantics: {
        dtSeconds,
        timeUnit: "s",
        discretisation,
        reset,
        inputKind,
        ...(refractory === "after-spike" ? {} : { refractory }),
        assumptions: [],
      },
      nodes: [...this.#nodes],
      edges: [...this.#edges],
      labels: null,
    } as const;
    return { ...content, source: { name, format: "net", sha256: fingerprint(content) } };
  }

  #named(name: string, shape: number | readonly number[]) {
    if (!/^[\w.-]+$/.test(name)) {
      const expected = "a name of letters, digits, _, . and -";
      fail("USAGE", this.#options.name, JSON.stringify(name), expected, CHANGE);
    }
    if (this.#nodes.some((node) => node.name === name))
      fail("USAGE", name, "a second node of this name", "a name of its own", CHANGE);
    const sizes = typeof shape === "number" ? [shape] : shape;
    const n = elements(sizes);
    if (!(sizes.length > 0 && sizes.every((d) => Number.isInteger(d) && d > 0) && n <= MAX_NEURONS))
      fail("MODEL_SHAPE", name, `[${sizes}]`, `whole sizes, at most ${MAX_NEURONS} in all`, CHANGE);
    return { name, shape: sizes };
  }

  /** The name, or the name with the first number that makes it unique. */
  #freeName(name: string): string {
    const taken = (text: string) => this.#nodes.some((node) => node.name === text);
    if (!taken(name)) return name;
    let k = 2;
    while (taken(`${name}_${k}`)) k += 1;
    return `${name}_${k}`;
  }

  #addNode(node: SpikingNode): number {
    this.#nodes.push(node);
    return this.#nodes.length - 1;
  }

  #addGroup(node: SpikingNode, positions: Place | null): Group {
    const n = elements(node.shape);
    const index = this.#addNode(node);
    if (positions) this.#positions.set(index, positions(n, this.random));
    return new Group(this, node.name, index, 0, n);
  }

  #nodeOf(group: Group): SpikingNode {
    const node = this.#nodes[group.node];
    if (node && group.belongsTo(this)) return node;
    return fail("USAGE", group.name, "a group of another network", "one of this network", CHANGE);
  }

  #receptor(where: string, target: Group, name: string | undefined): number {
    const names = this.#neurons.get(target.node)?.receptors ?? []; // none of an input
    const expected = names.length > 0 ? `one of ${names.join(", ")}` : "no receptor";
    if (name === undefined) {
      if (names.length > 1) fail("USAGE", where, "no receptor", expected, CHANGE);
      return 0;
    }
    const index = names.indexOf(name);
    return index >= 0 ? index : fail("USAGE", where, `receptor ${name}`, expected, CHANGE);
  }

  #places(source: Group, target: Group) {
    const of = ({ node, from, to }: Group) =>
      this.#positions.get(node)?.subarray(3 * from, 3 * to) ?? null;
    return { from: of(source), to: of(target) };
  }

  /** The node to connect from: the source, or its spikes some steps later. */
  #delayed(source: number, delay: Draft["delay"]): number {
    if (delay === null) return source;
    const { name, shape } = this.#nodes[source] as SpikingNode;
    const { steps, seconds } = delay;
    const key = steps === null ? null : `${source} ${steps}`;
    const known = key === null ? undefined : this.#delays.get(key);
    if (known !== undefined) return known;
    const free = this.#freeName(steps === null ? `${name}.delay` : `${name}.delay_${steps}`);
    const node = this.#addNode({ name: free, shape, kind: "Delay", delaySeconds: seconds });
    this.#edges.push({ source, target: node, receptor: 0 });
    if (key !== null) this.#delays.set(key, node);
    return node;
  }
}

/** A reset above the threshold would fire in every step. */
function refuseEndlessFiring(name: string, threshold: Values, reset: Values, n: number): void {
  for (let k = 0; k < n; k++) {
    if (valueAt(reset, k) <= valueAt(threshold, k)) continue;
    const got = `vReset ${valueAt(reset, k)} above vThreshold ${valueAt(threshold, k)}`;
    fail("MODEL_RANGE", `${name}, neuron ${k}`, got, "a reset at or below the threshold", CHANGE);
  }
}

const CHANGE = "Change the code that builds this network.";
