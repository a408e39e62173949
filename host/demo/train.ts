/** `npm run train`: trains the demonstration's networks from fixed seeds and writes their committed weights. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { mulberry32 } from "../model/random.ts";
import { MACHINE_STATES } from "../sensors/vibration.ts";
import { labelledWindow, rms, TRAINING } from "./data-set.ts";
import { FEATURE_SCALE, features } from "./features.ts";
import { ARCHITECTURE, type Int8Network } from "./int8-network.ts";
import { quantise } from "./quantise.ts";
import { type Example, train } from "./training.ts";

const EPOCHS = 12;

/** The layered network, trained: the same bytes on every machine. */
export function trainInt8Network(
  onEpoch?: (epoch: number, loss: number) => void,
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

/** One line per layer: a diff of the committed file shows which layers changed. */
export const serialise = ({ rmsCentroids, layers }: Int8Network): string =>
  `{"rmsCentroids":${JSON.stringify(rmsCentroids)},"layers":[\n${layers
    .map((layer) => JSON.stringify(layer))
    .join(",\n")}\n]}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const network = trainInt8Network((epoch, loss) => {
    process.stderr.write(`epoch ${epoch} of ${EPOCHS}: cross entropy ${loss.toFixed(4)}\n`);
  });
  writeFileSync("host/demo/int8-network.json", serialise(network));
}
