/**
 * Rosenblatt's perceptron, learning as it runs. Every step gives the inputs and then the target, all 0 or 1; the output
 * is the answer before the correction.
 */
import { network } from "../network.ts";
import { perceptron as neuron } from "../neurons.ts";
import { dt, named, whole } from "./parameters.ts";

export const perceptron = named(
  { inputs: whole(2, 1, 1000, "without the target"), dt },
  (name, { inputs, dt }) => {
    const net = network({ name, dtSeconds: dt });
    const examples = net.input("examples", inputs + 1);
    const learner = net.population("perceptron", 1, neuron({ inputs }));
    net.wire(examples, learner);
    net.output("answer", learner);
    return net.graph();
  },
);
