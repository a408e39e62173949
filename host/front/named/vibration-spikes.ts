/**
 * The spectra of `vibration` as spikes of the demonstration's spiking network: a feature fires at 8 Hz for each octave of
 * power above the third over the mean, which is one spike per octave and window. Windows stand alone, as it was trained.
 */
import type { Front } from "../../model/signal-graph.ts";
import { vibration } from "./vibration.ts";

export const vibrationSpikes: Front = {
  ...vibration,
  name: "vibration-spikes",
  nodes: [
    ...vibration.nodes,
    {
      ...{ kind: "Encode", code: "rate", scale: 1 / 8, threshold: 3, gain: 8 },
      memory: "cleared",
    },
  ],
};
