/** Perceptron: its rule acts in its place, see rules/perceptron.ts. */
import type { FixedPerceptron } from "../../../spiking/kinds/perceptron.ts";
import { placePopulation } from "../population.ts";
import type { KindLowering } from "./row.ts";

export const perceptron: KindLowering<FixedPerceptron> = {
  place: placePopulation,
  step: () => {},
};
