/** The demonstration: what host/cli wires to a compiler, a target and a meter. */
export { type DemoIo, type DemoOptions, runDemo } from "./demo.ts";
export { int8FromSamples, int8Graph, int8Network } from "./int8-network.ts";
export type { DemoMeter } from "./measure.ts";
export type { DemoNetwork, DemoSession, LoadedNetwork } from "./network.ts";
export { type EventEnergy, eventEnergy, type Report, type Standing } from "./report.ts";
export { spikesFromSamples, spikingGraph, spikingNetwork } from "./spiking-network.ts";
