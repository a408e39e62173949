/** What runs on every board: networks with their inputs, compiled once, and what the local SIMD build makes of them. */
import { networkByName } from "../../host/cli/networks.ts";
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { frontByName, withFront } from "../../host/front/index.ts";
import type { Graph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import { mulberry32 } from "../../host/model/random.ts";
import type { Manifest } from "../../host/module/manifest.ts";
import { inDegree, izhikevich, network, uniform } from "../../host/network/index.ts";
import { type Counters, localTarget } from "../../host/runtime/index.ts";
import { hasData, readData } from "../support/data.ts";
import { FRONTS, fronted } from "../support/fronts.ts";
import { int8Tensor, layeredGraph, reshape } from "../support/graphs.ts";
import { bundle, randomOperator } from "../support/random-graph.ts";
import { KINDS } from "../support/random-operators.ts";
import { RECURRENT_KINDS, randomRecurrent } from "../support/random-recurrent.ts";
import { largePopulation, randomSpiking } from "../support/random-spiking.ts";
import { unsignedOperator, WEIGHTED_KINDS } from "../support/random-unsigned.ts";
import {
  MOVING_KINDS,
  wideMover,
  wideThroughFloat,
  wideVariables,
} from "../support/random-wide-moves.ts";
import type { Missing } from "../support/skip.ts";
import { nirGraph, nirRows } from "../support/spiking.ts";
import { HOPS, STREAMING, streamingModel } from "../support/streaming-models.ts";
import { CASE_INFERENCES, caseInputs, tfliteCases } from "../support/tflite-cases.ts";
import { randomKept } from "./kept.ts";
import { modelGraph } from "./models.ts";
import { ROUNDINGS } from "./targets.ts";

type Inputs = (inputBytes: number, manifest: Manifest) => Uint8Array | Promise<Uint8Array>;

export type BoardCase = {
  readonly name: string;
  readonly steps: number;
  readonly needsData: boolean;
  readonly graph: () => Promise<Graph> | Graph;
  readonly prepare: () => Promise<Prepared>;
};

export type Prepared = {
  readonly wasm: Uint8Array;
  readonly inputs: Uint8Array;
  readonly expected: Expected;
};

/** Outputs of all steps, and what is left after them; the state in the middle, to resume from. */
export type Expected = {
  readonly outputs: Uint8Array;
  readonly state: Uint8Array;
  readonly halfState: Uint8Array;
  readonly counters: Counters;
};

function boardCase(
  name: string,
  steps: number,
  graph: () => Promise<Graph> | Graph,
  inputs: Inputs,
  needsData = false,
  rounding: Rounding = "double",
): BoardCase {
  let prepared: Promise<Prepared> | null = null;
  const prepare = () => {
    prepared ??= prepareOnce(graph, steps, inputs, rounding);
    return prepared;
  };
  return { name, steps, needsData, graph, prepare };
}

async function prepareOnce(
  graph: () => Promise<Graph> | Graph,
  steps: number,
  inputsOf: Inputs,
  rounding: Rounding,
): Promise<Prepared> {
  const built = await graph();
  const options = (build: CompileOptions["build"]) => ({ ...DEFAULT_OPTIONS, build, rounding });
  const [mvp, simd] = [await compile(built, options("mvp")), await compile(built, options("simd"))];
  const local = await localTarget().load(simd.wasm);
  const { inputBytes, outputBytes } = local;
  const inputs = await inputsOf(steps * inputBytes, simd.manifest);
  const outputs = new Uint8Array(steps * outputBytes);
  let halfState = local.readState();
  for (let k = 0; k < steps; k++) {
    if (k === steps >> 1) halfState = local.readState();
    const to = outputs.subarray(k * outputBytes, (k + 1) * outputBytes);
    local.step(inputs.subarray(k * inputBytes, (k + 1) * inputBytes), to);
  }
  const expected = { outputs, halfState, state: local.readState(), counters: local.counters() };
  return { wasm: mvp.wasm, inputs, expected };
}

const noise: Inputs = (length) => {
  const random = mulberry32(length);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
};

/** Counts, mostly silent; small values where the network takes those. */
const spikes: Inputs = (length, { inputs }) => {
  const random = mulberry32(length);
  if (inputs.some(({ dtype }) => dtype === "i16")) {
    const values = Int16Array.from({ length: length / 2 }, () => (random() - 0.4) * 600);
    return new Uint8Array(values.buffer);
  }
  return Uint8Array.from({ length }, () => (random() < 0.2 ? 1 : random() < 0.01 ? 3 : 0));
};

/** The first bytes of a file of inputs. */
const recorded =
  (path: string): Inputs =>
  (length) =>
    readData(path).slice(0, length);

/** Sound of the wake word: behind the head of the file, hops from the second second on. */
const swwHops: Inputs = (length) =>
  readData("sww01/short_wav_easy10s.wav")
    .slice(44 + 40 * 2048)
    .slice(0, length);

/** The recorded hops of a streaming network, over and over. */
const hopsOf =
  (name: (typeof STREAMING)[number]): Inputs =>
  async (length) => {
    const { inputs } = await streamingModel(name);
    return Uint8Array.from({ length }, (_, k) => inputs[k % inputs.length] as number);
  };

/** A word from its beginning on, and over again. */
const recordedSound: Inputs = (length) => {
  const sound = readData("audio/yes_1000ms.wav").subarray(44);
  return Uint8Array.from({ length }, (_, k) => sound[k % sound.length] as number);
};

/** Passes so many rows of 40 features on. */
const rowsOf = (rows: number) =>
  layeredGraph(
    [int8Tensor("rows", [1, rows, 40]), int8Tensor("flat", [40 * rows])],
    [reshape(0, 0, 1)],
    [0],
    [1],
  );

/** Noise of every level, hop by hop. */
const samples: Inputs = (length) => {
  const random = mulberry32(length);
  const levels = Array.from({ length: 8 }, (_, k) => 65_535 * 8 ** -k);
  const all = Int16Array.from(
    { length: length / 2 },
    (_, k) => (random() - 0.5) * (levels[Math.floor((16 * k) / length)] as number),
  );
  return new Uint8Array(all.buffer);
};

const net = (name: string, steps: number): BoardCase =>
  boardCase(name, steps, () => networkByName(name), spikes);

const braille = () =>
  nirGraph("03_rnn/braille_noDelay_noBias_subtract.nir", {
    ...{ discretisation: "snntorch", reset: "subtract" },
  });
const brailleInputs: Inputs = () =>
  Uint8Array.from(nirRows("03_rnn/braille_test_sample0_input_256x12.csv").flat());

/** Regular spikers of many speeds that drive and inhibit one another. */
function izhikevichPopulation(): Graph {
  const net = network({ name: "izhikevich population", seed: 1, dtSeconds: 1e-3 });
  const speeds = {
    a: uniform(0.02, 0.1),
    b: 0.2,
    c: uniform(-65, -50),
    d: uniform(2, 8),
    current: 10,
  };
  const all = net.population("neurons", 48, izhikevich(speeds));
  net.project(all, all, { connect: inDegree(8), weight: uniform(-4, 6) });
  net.output("spikes", all);
  return net.graph();
}

/** One of every kind, side by side in two modules. */
const operators = (seed: number): readonly BoardCase[] => {
  const half = Math.ceil(KINDS.length / 2);
  return [KINDS.slice(0, half), KINDS.slice(half)].map((kinds) =>
    boardCase(
      ...([`single operators, ${kinds[0]} to ${kinds.at(-1)}, seed ${seed}`, 3] as const),
      ...([() => bundle(kinds.map((kind) => randomOperator(kind, seed))), noise] as const),
    ),
  );
};

const WIDE_KINDS = KINDS.filter((kind) => kind.endsWith("_I16"));

/** Weighted layers of networks of uint8: those kernels are others. */
const unsignedWeights = boardCase(
  "weights of uint8, side by side",
  3,
  () =>
    bundle([0, 1, 2].flatMap((seed) => WEIGHTED_KINDS.map((kind) => unsignedOperator(kind, seed)))),
  noise,
);

const seeds = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k);

/** Layers of int16, and what moves elements of it or takes them through float32; more seeds than of other kinds. */
const wideLayers: readonly BoardCase[] = [
  boardCase(
    ...(["layers of int16, side by side", 4] as const),
    ...([
      () => bundle(WIDE_KINDS.flatMap((kind) => seeds(3, 2).map((s) => randomOperator(kind, s)))),
      noise,
    ] as const),
  ),
  boardCase(
    ...(["int16 moved, side by side", 4] as const),
    ...([
      () => bundle(MOVING_KINDS.flatMap((kind) => seeds(0, 2).map((s) => wideMover(kind, s)))),
      noise,
    ] as const),
  ),
  boardCase(
    ...(["int16 through float32, 6 side by side", 4] as const),
    ...([() => bundle(seeds(0, 6).map(wideThroughFloat)), noise] as const),
  ),
  boardCase(
    ...(["networks with variables of int16", 9] as const),
    ...([() => bundle(wideVariables(seeds(0, 120))), noise] as const),
  ),
];

export const BOARD_CASES: readonly BoardCase[] = [
  boardCase(
    ...(["keyword spotter, 20 recorded words", 20] as const),
    ...([
      () => modelGraph("kws_ref_model.tflite"),
      recorded("kws01/inputs_500x490.i8.bin"),
    ] as const),
    true,
  ),
  boardCase(
    ...(["ResNet8, 2 images of noise", 2] as const),
    ...([() => modelGraph("pretrainedResnet_quant.tflite"), noise] as const),
    true,
  ),
  boardCase(
    ...(["anomaly detection, 4 recorded windows", 4] as const),
    ...([
      () => modelGraph("ad01_int8.tflite"),
      recorded("ad01/sample_inputs_196x640.i8.bin"),
    ] as const),
    true,
  ),
  boardCase(
    ...(["front end sww and its network, 4 hops of the recording", 4] as const),
    ...([
      async () => withFront(await modelGraph("str_ww_ref_model.tflite"), frontByName("sww")),
      swwHops,
    ] as const),
    true,
  ),
  ...ROUNDINGS.map((rounding) =>
    boardCase(
      ...([`data/tflite-cases side by side, ${rounding} rounding`, CASE_INFERENCES] as const),
      ...([tfliteCases, () => caseInputs(), true, rounding] as const),
    ),
  ),
  ...STREAMING.map((name) =>
    boardCase(
      ...([`${name}, ${HOPS} hops`, HOPS] as const),
      ...([async () => (await streamingModel(name)).graph, hopsOf(name), true] as const),
    ),
  ),
  boardCase(
    ...(["front end microwakeword and okay_nabu, 20 hops of sound", 20] as const),
    ...([
      async () =>
        withFront((await streamingModel("okay_nabu")).graph, frontByName("microwakeword")),
      recordedSound,
    ] as const),
    true,
  ),
  boardCase(
    ...(["front end microwakeword as TFLite Micro's, 12 hops of edges", 12] as const),
    ...([
      async () => withFront(rowsOf(2), frontByName("microwakeword?step=20&rows=2&variant=tflm")),
      (length: number) => readData("audio-frontend/edge_1000ms.wav").slice(44, 44 + length),
    ] as const),
    true,
  ),
  // ten: their copies in one function were more loops in a row than a board's stack holds
  boardCase("networks with variables", 9, () => randomKept(200, 10), noise),
  ...Object.entries(FRONTS).map(([name, front]) =>
    boardCase(`front end: ${name}`, 8, () => fronted(front), samples),
  ),
  boardCase("Braille, 256 steps", 256, braille, brailleInputs, true),
  boardCase(
    ...(["net:demo-int8?input=features", 40] as const),
    ...([() => networkByName("net:demo-int8?input=features"), noise] as const),
  ),
  net("net:demo-spikes?input=features", 100),
  boardCase("net:demo-spikes", 8, () => networkByName("net:demo-spikes"), samples),
  net("net:lif?current=20", 400),
  net("net:izhikevich?type=CH", 400),
  boardCase("a population of Izhikevich neurons", 150, izhikevichPopulation, spikes),
  boardCase("a population of LIF neurons", 60, () => largePopulation(1), spikes),
  boardCase("every kind of neuron", 60, () => randomSpiking(1), spikes),
  boardCase(
    ...(["every kind of neuron, values in", 60] as const),
    ...([
      () => randomSpiking(5, { discretisation: "exact", inputKind: "values" }),
      spikes,
    ] as const),
  ),
  net("net:cuba?neurons=400", 200),
  // past the generator's second volley, and all neurons for the first stage
  net("net:synfire?neurons=186", 420),
  net("net:synfire", 60),
  unsignedWeights,
  ...wideLayers,
  ...RECURRENT_KINDS.map((kind) =>
    boardCase(
      ...([`${kind}, 4 side by side`, 6] as const),
      ...([
        () => bundle([0, 3, 10, 14].map((seed) => randomRecurrent(kind, seed))),
        noise,
      ] as const),
    ),
  ),
  ...operators(1),
  ...operators(2),
];

/** What runs without native kernels in the short suite too: every native kernel, and state that layers keep. */
const SHORT_BOTH_WAYS: readonly (string | RegExp)[] = [
  "anomaly detection, 4 recorded windows",
  "networks with variables",
  "weights of uint8, side by side",
  /^single operators, .* seed 2$/,
  /^data\/tflite-cases side by side, single/,
];

export const BOTH_WAYS: readonly BoardCase[] = BOARD_CASES.filter(({ name }) =>
  SHORT_BOTH_WAYS.some((wanted) =>
    wanted instanceof RegExp ? wanted.test(name) : wanted === name,
  ),
);

export const missingData = ({ needsData }: BoardCase): Missing | null =>
  needsData && !hasData
    ? { reason: "no test data", fix: "set TWENTYWATT_DATA to the data folder" }
    : null;
