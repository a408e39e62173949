/** `npm run train`: trains the demonstration's networks from fixed seeds and writes their committed weights. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mulberry32 } from "../model/random.ts";
import { MACHINE_STATES } from "../sensors/vibration.ts";
import { labelledWindow, rms, TRAINING } from "./data-set.ts";
import { FEATURE_SCALE, FEATURES, features } from "./features.ts";
import { ARCHITECTURE, type Int8Network } from "./int8-network.ts";
import { quantise, quantiseSpikingWeights } from "./quantise.ts";
import { encodeSpikes, STEPS } from "./spike-code.ts";
import { POPULATIONS, type SpikingNetwork } from "./spiking-network.ts";
import { type SpikeExample, spikeTrain, trainSpikes } from "./spiking-training.ts";
import { type Example, train } from "./training.ts";

const EPOCHS = 12;
const SPIKING_EPOCHS = 8;

type OnEpoch = (epoch: number, loss: number) => void;

/** The layered network, trained: the same bytes on every machine. */
export function trainInt8Network(
  onEpoch?: OnEpoch,
  { windows, epochs } = { windows: TRAINING.windows as number, epochs: EPOCHS },
): Int8Network {
  const examples: Example[] = [];
  const levels = MACHINE_STATES.map(() => ({ sum: 0, count: 0 }));
  for (let k = 0; k < windows; ++k) {
    const { values, label } = labelledWindow(TRAINING.seed, k);
    const input = Float64Array.from(features(values), (q) => q * FEATURE_SCALE);
    examples.push({ input, label });
    const level = levels[label] as { sum: number; count: number };
    level.sum += rms(values);
    level.count += 1;
  }
  const layers = train(ARCHITECTURE, examples, epochs, mulberry32(TRAINING.seed), onEpoch);
  return {
    rmsCentroids: levels.map(({ sum, count }) => sum / count),
    layers: quantise(layers, examples),
  };
}

/** The spiking network, trained on the same windows: the same bytes on every machine. */
export function trainSpikingNetwork(onEpoch?: OnEpoch): SpikingNetwork {
  const examples = Array.from({ length: TRAINING.windows }, (_, k): SpikeExample => {
    const { values, label } = labelledWindow(TRAINING.seed, k);
    return { spikes: spikeTrain(encodeSpikes(values), FEATURES), label };
  });
  const random = mulberry32(TRAINING.seed);
  return trainSpikes(POPULATIONS, STEPS, examples, SPIKING_EPOCHS, random, onEpoch).map(
    ({ weights }) => quantiseSpikingWeights(weights.values),
  );
}

/** One line per layer: a diff of the committed file shows which layers changed. */
export const serialise = ({ rmsCentroids, layers }: Int8Network): string =>
  `{"rmsCentroids":${JSON.stringify(rmsCentroids)},"layers":[\n${lines(layers)}\n]}\n`;

export const serialiseSpikes = (network: SpikingNetwork): string => `[\n${lines(network)}\n]\n`;

const lines = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join(",\n");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const progress =
    (name: string, epochs: number): OnEpoch =>
    (epoch, loss) => {
      const text = `${name}: epoch ${epoch} of ${epochs}: cross entropy ${loss.toFixed(4)}`;
      process.stderr.write(`${text}\n`);
    };
  const int8 = trainInt8Network(progress("int8 network", EPOCHS));
  writeFileSync("host/demo/int8-network.json", serialise(int8));
  const spikes = trainSpikingNetwork(progress("spiking network", SPIKING_EPOCHS));
  writeFileSync("host/demo/spiking-network.json", serialiseSpikes(spikes));
}
