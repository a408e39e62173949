/**
 * A front end before a spiking network: once in a hop the samples become a row of features, and in each of the network's
 * steps that a hop lasts the features become the counts of its input. Outputs are the sums of the hop's spikes.
 */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import { at } from "../../model/at.ts";
import { elements, type Tensor } from "../../model/graph.ts";
import {
  channelsPerFeature,
  type Front,
  framesOf,
  nodeOf,
  type SignalOf,
  stepsPerHop,
} from "../../model/signal-graph.ts";
import { signalProblems } from "../../model/signal-problems.ts";
import type { SpikingGraph } from "../../model/spiking-graph.ts";
import type { MemoryEntry } from "../../module/manifest.ts";
import type { FixedEvent, FixedNetwork } from "../../spiking/fixed-network.ts";
import { lowerRows } from "../signal/index.ts";
import type { LoweredFront, SignalArg, SignalCall } from "../signal/lowered.ts";
import type { PlannedNode } from "../summary.ts";
import type { Call, Draft, Ref, SpikingArg } from "./draft.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { keepSteps } from "./kept-steps.ts";

export type OpenFront = {
  /** of the network, in a hop */
  readonly steps: number;
  /** u8[n]: the network's input of one of its steps */
  readonly counts: Ref;
  readonly nodes: readonly PlannedNode[];
  /** Where a node puts the spikes of one step, so that they are added up at `whole`. */
  readonly summed: (whole: Ref, n: number, name: string) => Ref;
  /** What can be seen after a step: not the spikes of one of its rounds. */
  readonly lasting: (entries: readonly MemoryEntry[]) => readonly MemoryEntry[];
  /** once all of the network's state has its place */
  readonly close: () => void;
};

type InputEvent = Extract<FixedEvent, { kind: "input" }>;

/**
 * The first thing in the draft. Raises every problem at once.
 *
 * @param kept what a recording is to see of every step
 */
export function openFront(
  draft: Draft,
  graph: SpikingGraph,
  front: Front,
  network: FixedNetwork,
  kept: readonly string[],
): OpenFront {
  const { encode, input, steps } = judged(graph, front, network);
  const { features } = framesOf(front);
  const channels = input.n / channelsPerFeature(encode);
  const lowered = lowerRows(front, tensorOf(encode, [channels / features, features]));
  const own: Call[] = [];
  const refer = placeSignal(draft, lowered, own);
  const encoding: Encoding = {
    ...{ encode, n: channels, most: input.maxCount, dtSeconds: network.dtSeconds },
    ...{ rows: refer({ region: "state", offset: lowered.featuresOffset }), name: front.name },
  };
  const spikes = encodingOf(draft, encoding, framesOf(front).waiting, own);
  const counts = draft.block("activation", input.n);
  draft.step.push(spikes.step(counts));
  return {
    ...{ steps, counts },
    nodes: [...lowered.nodes, plannedEncode(front, encode, [channels], input, steps)],
    summed(whole, n, name) {
      const each = draft.block("activation", n);
      const comment = `output ${name}`;
      draft.hop.push({ file: "fixed/fill", entry: "zero", args: [whole, n], comment });
      const args = [each, n, whole];
      draft.last.push({ file: "signal/encode", entry: "gather", args, comment });
      return each;
    },
    lasting: (entries) =>
      entries.filter(({ kind, name }) => kind !== "activation" || name === "activations"),
    close() {
      if (encode.memory === "cleared") {
        const bytes = draft.stateBytes - spikes.clearedFrom;
        const args = [{ region: "state", offset: spikes.clearedFrom } as const, bytes];
        const comment = `${front.name}: from rest`;
        // counts of saturations are no state, and go on
        const start = draft.init.filter(({ args: all }) => all.some(inState));
        draft.hop.push({ file: "fixed/fill", entry: "zero", args, comment }, ...start);
      }
      draft.init.unshift(...own);
      keepSteps(draft, kept, steps);
    },
  };
}

const inState = (arg: SpikingArg): boolean =>
  typeof arg === "object" && "region" in arg && arg.region === "state";

/** Rows of features as the front end fills them. */
const tensorOf = ({ scale }: SignalOf<"Encode">, shape: readonly number[]): Tensor => ({
  ...{ name: "features", shape, dtype: "i8", data: null },
  quantization: { scales: [scale], zeroPoints: [0], axis: 0 },
});

/** Places state, constants and calls; those of init() go to `init`. @returns where an argument of a call lies */
function placeSignal(
  draft: Draft,
  { inputBytes, stateBytes, workBytes, state, constants, init, step }: LoweredFront,
  into: Call[],
): (arg: SignalArg) => SpikingArg {
  const bases: Readonly<Record<string, Ref>> = {
    input: draft.block("input", inputBytes),
    state: draft.block("state", stateBytes),
    work: draft.scratch(workBytes),
  };
  const blocks = constants.map(({ bytes, align }) => draft.constant(bytes, align));
  const refer = (arg: SignalArg): SpikingArg => {
    if (typeof arg === "number") return arg;
    if ("constant" in arg) return at(blocks, arg.constant);
    const base = bases[arg.region];
    if (base === undefined || "block" in base) throw new Error(`no region ${arg.region}`);
    return { region: base.region, offset: base.offset + arg.offset };
  };
  for (const { name, len, offset, ...reading } of state) {
    draft.name(name, refer({ region: "state", offset }) as Ref, len, reading);
  }
  const call = ({ args, ...rest }: SignalCall): Call => ({ ...rest, args: args.map(refer) });
  into.push(...init.map(call));
  draft.hop.push(...step.map(call));
  draft.name("samples", bases.input as Ref, inputBytes, {});
  return refer;
}

/** What front end and network must have in common. */
function judged(
  graph: SpikingGraph,
  front: Front,
  { events, projections, dtSeconds }: FixedNetwork,
): { readonly encode: SignalOf<"Encode">; readonly input: InputEvent; readonly steps: number } {
  const problems: Problem[] = [...signalProblems(front)];
  const refuse = (got: string, expected: string, remedy = REMEDY) =>
    problems.push(problem("MODEL_SHAPE", `front end ${front.name}`, got, expected, remedy));
  const encode = nodeOf(front, "Encode");
  if (!encode) refuse("no Encode before a spiking network", "an Encode at the end of its nodes");
  const inputs = events.filter((event): event is InputEvent => event.kind === "input");
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1) {
    refuse(`a network with ${inputs.length} inputs`, "a network with one input");
  } else if (graph.semantics.inputKind === "values") {
    refuse("a network that takes values", "a network that takes spikes");
  }
  const seconds = front.hop / front.sampleRateHz;
  const steps = stepsPerHop(front, dtSeconds);
  if (steps < 1 || steps > MOST_STEPS || Math.abs(steps * dtSeconds - seconds) > 1e-9 * seconds) {
    const got = `a hop of ${seconds} s, and time steps of ${dtSeconds} s`;
    refuse(got, `a hop of 1 to ${MOST_STEPS} whole time steps`, "Change hop, rate or time step.");
  }
  if (encode && input && problems.length === 0) {
    const each = channelsPerFeature(encode) * framesOf(front).features;
    if (input.n % each !== 0) {
      const got = `${each} channels a row`;
      refuse(got, `rows that fill the input ${input.name}, ${elements(input.shape)} channels`);
    }
  }
  if (encode?.memory === "cleared" && projections.some(({ rule }) => rule !== null)) {
    const remedy = "Take memory kept.";
    refuse("memory cleared, and a network that learns", "a network without learning", remedy);
  }
  if (problems.length > 0 || !encode || !input) throw new TwentyWattError(problems);
  return { encode, input, steps };
}

/** Sums of a hop's spikes fit a byte. */
const MOST_STEPS = 255;
const REMEDY = "Change the front end; host/front/README.md lists the nodes and their ranges.";

const plannedEncode = (
  front: Front,
  { code, memory }: SignalOf<"Encode">,
  from: readonly number[],
  { shape }: InputEvent,
  steps: number,
): PlannedNode => ({
  ...{ index: 0, name: `${front.name}/Encode`, kind: "Encode", macs: 0, parameterBytes: 0 },
  ...{ inputShapes: [from], outputShape: shape },
  form: `${code}, ${steps} steps a hop${memory === "cleared" ? ", each from rest" : ""}`,
});
