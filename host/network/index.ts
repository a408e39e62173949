/** Networks built by code: what a program needs to write one down, to feed it and to read it. */
export { allToAll, type Connect, inDegree, list, oneToOne, probability } from "./connect.ts";
export {
  type FirstSpike,
  firstSpike,
  type PopulationRate,
  populationRate,
  type SpikeCounter,
  spikeCounter,
} from "./decode.ts";
export { type Conduction, conduction, type Delay } from "./delay.ts";
export { type Distribution, lognormal, normal, type Parameter, uniform } from "./distribution.ts";
export {
  type Encoder,
  latencyEncoder,
  levelCrossingEncoder,
  poissonEncoder,
  rateEncoder,
} from "./encode.ts";
export { type Group, type Network, type NetworkOptions, network } from "./network.ts";
export * from "./neurons.ts";
export { box, grid, line, type Place, ring } from "./positions.ts";
export type { Projecting } from "./project.ts";
export { scaleFree } from "./scale-free.ts";
export { smallWorld } from "./small-world.ts";
