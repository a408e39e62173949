/** Sound NIR graphs of every node type, small: what the fuzzer damages. */
import { readFileSync } from "node:fs";
import { readData } from "./data.ts";
import { chain, f32, f64, i64, type NirGraph, type NirNode } from "./nir-writer.ts";

const port = (type: "Input" | "Output", ...shape: number[]): NirNode => ({
  type,
  shape: i64(...shape),
});
const linear = (inputs: number, outputs: number): NirNode => ({
  ...{ type: "Linear", weight: f32([outputs, inputs], 0.5, -0.25, 1) },
});
const affine = (inputs: number, outputs: number): NirNode => ({
  ...{ type: "Affine", weight: f32([outputs, inputs], 0.5, 1), bias: f32([outputs], 0.1) },
});
const lif = (...shape: number[]): NirNode => ({
  ...{ type: "LIF", tau: f32(shape, 0.01), r: f32(shape, 1), v_leak: f32(shape, 0) },
  ...{ v_threshold: f32(shape, 0.5), v_reset: f32(shape, 0) },
});
const cuba = (n: number): NirNode => ({
  ...{ type: "CubaLIF", tau_syn: f64([n], 0.002), tau_mem: f64([n], 0.01, 0.02), r: f64([n], 1) },
  ...{ v_leak: f64([n], 0), v_threshold: f64([n], 1), w_in: f64([n], 2), v_reset: f64([n], 0) },
});

export const recurrent: NirGraph = {
  type: "NIRGraph",
  nodes: {
    input: port("Input", 6),
    in: affine(6, 8),
    lif1: cuba(8),
    again: affine(8, 8),
    out: linear(8, 3),
    lif2: cuba(3),
    output: port("Output", 3),
  },
  edges: [
    ["again", "lif1"],
    ["input", "in"],
    ["in", "lif1"],
    ["lif1", "again"],
    ["lif1", "out"],
    ["out", "lif2"],
    ["lif2", "output"],
  ],
};

const nested: NirGraph = chain({
  input: port("Input", 4),
  in: linear(4, 4),
  inner: {
    type: "NIRGraph",
    nodes: {
      input: port("Input", 4),
      lif: lif(4),
      again: linear(4, 4),
      output: port("Output", 4),
    },
    edges: [
      ["input", "lif"],
      ["lif", "again"],
      ["again", "lif"],
      ["lif", "output"],
    ],
  },
  out: linear(4, 2),
  li: { type: "LI", tau: f32([2], 0.01), r: f32([2], 1), v_leak: f32([2], 0) },
  output: port("Output", 2),
});

const images: NirGraph = chain({
  input: port("Input", 2, 12, 12),
  conv1: {
    ...{ type: "Conv2d", weight: f32([4, 2, 3, 3], 0.5, -1), bias: f32([4], 0) },
    ...{ input_shape: i64(12, 12), stride: i64(2, 2), padding: i64(1, 1), dilation: i64(1, 1) },
    groups: 1,
  },
  if1: { type: "IF", r: f32([4, 6, 6], 1), v_threshold: f32([4, 6, 6], 1) },
  pool: { type: "SumPool2d", kernel_size: i64(2, 2), stride: i64(2, 2), padding: i64(0, 0) },
  conv2: {
    ...{ type: "Conv2d", weight: f32([2, 2, 3, 3], 1), bias: f32([2], 0), padding: "same" },
    ...{ stride: 1, dilation: 1, groups: 2 },
  },
  if2: { type: "IF", r: f32([2, 3, 3], 1), v_threshold: f32([2, 3, 3], 1) },
  flat: { type: "Flatten", input_type: i64(2, 3, 3), start_dim: 0, end_dim: -1 },
  out: affine(18, 4),
  lif: lif(4),
  output: port("Output", 4),
});

const sequence: NirGraph = chain({
  input: port("Input", 2, 16),
  conv: {
    ...{ type: "Conv1d", weight: f32([3, 2, 3], 1), bias: f32([3], 0.1), input_shape: 16 },
    ...{ stride: 1, padding: 1, dilation: 1, groups: 1 },
  },
  scale: { type: "Scale", scale: f32([3, 16], 0.5, 2) },
  lif: lif(3, 16),
  flat: { type: "Flatten", start_dim: 0, end_dim: -1, input_type: i64(3, 16) },
  delay: { type: "Delay", delay: f32([48], 0.001, 0.002) },
  out: linear(48, 5),
  threshold: { type: "Threshold", threshold: f32([5], 0.5) },
  last: linear(5, 2),
  li: {
    ...{ type: "CubaLI", tau_syn: f32([2], 0.002), tau_mem: f32([2], 0.01), r: f32([2], 1) },
    ...{ v_leak: f32([2], 0), w_in: f32([2], 1) },
  },
  output: port("Output", 2),
});

const averages: NirGraph = chain({
  input: port("Input", 1, 8, 8),
  average: { type: "AvgPool2d", kernel_size: i64(2, 2), stride: i64(2, 2), padding: i64(0, 0) },
  flat: { type: "Flatten", start_dim: 0, end_dim: -1, input_type: i64(1, 4, 4) },
  linear1: linear(16, 8),
  linear2: affine(8, 4),
  i: { type: "I", r: f32([4], 1) },
  output: port("Output", 4),
});

export const soundGraphs: readonly NirGraph[] = [recurrent, nested, images, sequence, averages];

/** The files of the NIR paper that are in the shared data. */
export const publicNir = (): readonly Uint8Array[] =>
  [
    "01_lif/lif_norse.nir",
    "01_lif/two_lif_neurons.nir",
    "03_rnn/braille_noDelay_noBias_subtract.nir",
    "03_rnn/braille_noDelay_noBias_subtract_subgraph.nir",
  ].map((path) => readData(`nir/${path}`));

/** Files of every HDF5 feature that the reader has: no networks, but all its code. */
export const hdf5Fixtures = (): readonly Uint8Array[] =>
  ["earliest.h5", "latest.h5", "sizes.h5"].map(
    (name) => new Uint8Array(readFileSync(new URL(`../fixtures/hdf5/${name}`, import.meta.url))),
  );
