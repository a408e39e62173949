/** What a run of a spiking network says in text: its order of columns, its steps, its activity, its speed. */
import { elements } from "../model/graph.ts";
import { type Latency, latencyLines } from "../run/latency.ts";
import { count, plural, quantity, significant } from "../text.ts";
import type { NumberCounters } from "./run-ending.ts";
import type { SpikingPorts } from "./spiking-ports.ts";

/** Columns and tensors follow the model's order: said where there are several. */
export const orderLines = ({ inputs, outputs }: SpikingPorts): string[] =>
  (
    [
      ["inputs", inputs],
      ["outputs", outputs],
    ] as const
  ).flatMap(([what, tensors]) =>
    tensors.length > 1
      ? [
          `${what} in order: ${tensors.map(({ name, shape }) => `${name} (${elements(shape)})`).join(", ")}`,
        ]
      : [],
  );

export const stepsText = (steps: number, firstStep: number, dtSeconds: number): string =>
  `${count(steps)}${firstStep > 0 ? ` from step ${count(firstStep)}` : ""}, ${quantity(steps * dtSeconds, "s")} of the network's time`;

export function activityLines(
  { steps, spikes, synapticEvents, saturations }: NumberCounters,
  neurons: number,
  dtSeconds: number,
): string[] {
  const rate = steps > 0 && neurons > 0 ? spikes / (neurons * steps * dtSeconds) : 0;
  return [
    `${plural(spikes, "spike")}, ${significant(rate)} Hz per neuron`,
    `${plural(synapticEvents, "synaptic event")}, ${plural(saturations, "saturation")}`,
  ];
}

export const latencyText = (
  latency: Latency,
  counters: NumberCounters | null,
  wallSeconds: number,
): string[] => {
  const lines = latencyLines(latency);
  if (counters === null) return lines;
  const steps = quantity(counters.steps / wallSeconds, "steps/s");
  const events = quantity(counters.synapticEvents / wallSeconds, "synaptic events/s");
  return [...lines, `${steps}, ${events}, files included`];
};
