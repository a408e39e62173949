/** The public models of the shared data, the hybrid one included. Reading them needs hasData. */
import { readData } from "./data.ts";

const NAMES = [
  "kws_ref_model",
  "kws_ref_model_float32",
  "pretrainedResnet_quant",
  "vww_96_int8",
  "ad01_int8",
  "str_ww_ref_model",
];

export const publicModels = (): readonly Uint8Array[] =>
  NAMES.map((name) => readData(`models/${name}.tflite`));
