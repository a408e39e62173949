/** The public MLPerf Tiny models, a streaming wake word, and how much of the peer's time ours may take. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const DATA_DIR = resolve(process.env.TWENTYWATT_DATA ?? "../shared/data");

export type BenchModel = {
  readonly name: string;
  /** below the data folder's models/ */
  readonly file: string;
  /** largest allowed min over min */
  readonly ratioTarget: number;
  /** the same where the engine has relaxed products */
  readonly relaxedTarget?: number;
  /** of the native peer's time, what ours should come to with relaxed products */
  readonly nativeAim?: number;
  /** the peer aborts at its variables */
  readonly withoutPeer?: true;
};

export const MODELS: readonly BenchModel[] = [
  {
    name: "KWS",
    file: "kws_ref_model.tflite",
    ratioTarget: 0.5,
    relaxedTarget: 0.3,
    nativeAim: 1.4,
  },
  {
    name: "ResNet8",
    file: "pretrainedResnet_quant.tflite",
    ratioTarget: 0.85,
    relaxedTarget: 0.45,
    nativeAim: 2,
  },
  {
    name: "VWW",
    file: "vww_96_int8.tflite",
    ratioTarget: 0.75,
    relaxedTarget: 0.32,
    nativeAim: 0.9,
  },
  { name: "AD", file: "ad01_int8.tflite", ratioTarget: 0.75, relaxedTarget: 0.4, nativeAim: 0.4 },
  // a step of a streaming network: its convolutions have one position each
  {
    name: "okay_nabu",
    file: "../models-public/okay_nabu.tflite",
    ratioTarget: 1,
    withoutPeer: true,
  },
];

/** The model's bytes, or null without the shared data. */
export function modelBytes({ file }: Pick<BenchModel, "file">): Uint8Array | null {
  const path = join(DATA_DIR, "models", file);
  return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
}
