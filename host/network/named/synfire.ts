/**
 * A synfire chain closed to a ring, after CARLsim's Synfire4: stages of excitatory and inhibitory neurons of Izhikevich
 * 2003, through which a volley of spikes runs, and a generator that starts it. All synapses are currents of one
 * millisecond; none learns.
 *
 *     generator      ─► exc 0, inh 0             every 400 ms its neurons fire once, at 10 ± 2.4 ms
 *     exc i          ─► exc i + 1, inh i + 1     the last stage ─► stage 0
 *     inh i          ─► exc i
 *
 * CARLsim's lists are not public. Ours follow Kremkow et al. 2010: 60 excitatory and 25 inhibitory inputs of each neuron
 * out of 200 and 50, half of stage 0's excitatory ones from the generator; as many in proportion where stages are smaller,
 * with weights that bring as much. A stage takes 20 ms, so that four take a fifth of the generator's period and each of its
 * volleys meets the one that is on its way.
 */
import { inDegree } from "../connect.ts";
import { normal } from "../distribution.ts";
import { network } from "../network.ts";
import { integrateAndFire, izhikevich } from "../neurons.ts";
import { named, real, seed, whole } from "./parameters.ts";

const PERIOD_S = 0.4;
const FIRST_S = 0.01;
const JITTER_S = 0.0024;
/** With the step in which the target fires: 20 ms. */
const STAGE_DELAY_S = 0.019;
const INHIBITION_DELAY_S = 0.003;
/** Of the neurons of a stage. */
const EXCITATORY_INPUTS = 60 / 200;
const INHIBITORY_INPUTS = 25 / 50;
/** What one spike of all inputs brings, in the paper's unit of current, for one millisecond. */
const EXCITATION = 60 * 1.5;
const INHIBITION = 25 * -2;
const MILLISECOND_S = 1e-3;
/** Fewer excitatory neurons in a stage are no volley. */
const SMALLEST_STAGE = 8;

export const synfire = named(
  {
    chains: whole(4, 2, 64, "stages of the ring"),
    neurons: whole(1200, 60, 60_000, "in all; 200 of 1200 are the generator's"),
    seed,
    dt: real(1e-3, 5e-4, 1e-3, "time step, s"),
  },
  (name, { chains, neurons, seed, dt }, refuse) => {
    const excitatory = Math.floor(neurons / (1 + 1.25 * chains));
    const inhibitory = Math.round(excitatory / 4);
    if (excitatory < SMALLEST_STAGE) {
      const least = Math.ceil(SMALLEST_STAGE * (1 + 1.25 * chains));
      refuse(`neurons=${neurons}`, `at least ${least} for chains=${chains}`);
    }
    const net = network({ name, seed, dtSeconds: dt });
    const generator = net.population(
      "generator",
      neurons - chains * (excitatory + inhibitory),
      // counts steps; half a step below, so that rounding cannot move a spike
      integrateAndFire({
        vThreshold: PERIOD_S / dt - 0.5,
        current: 1,
        vInitial: normal((PERIOD_S - FIRST_S) / dt, JITTER_S / dt),
      }),
    );
    const stages = Array.from({ length: chains }, (_, k) => ({
      exc: net.population(`exc${k}`, excitatory, REGULAR_SPIKING),
      inh: net.population(`inh${k}`, inhibitory, FAST_SPIKING),
    }));
    const onto = (inputs: number, current: number, delay: number) => {
      const weight = ((current / inputs) * MILLISECOND_S) / dt;
      return { connect: inDegree(inputs), weight, delay };
    };
    const from = Math.round(EXCITATORY_INPUTS * excitatory);
    const half = Math.round(from / 2);
    const within = Math.round(INHIBITORY_INPUTS * inhibitory);
    stages.forEach(({ exc, inh }, k) => {
      const before = stages.at(k - 1)?.exc ?? exc;
      const volley = onto(k === 0 ? half : from, EXCITATION, STAGE_DELAY_S);
      for (const target of [exc, inh]) {
        if (k === 0) net.project(generator, target, volley);
        net.project(before, target, volley);
      }
      net.project(inh, exc, onto(within, INHIBITION, INHIBITION_DELAY_S));
    });
    net.output("generated", generator);
    stages.forEach(({ exc, inh }, k) => {
      net.output(`fired${k}`, exc);
      net.output(`inhibited${k}`, inh);
    });
    return net.graph();
  },
);

const REST_MV = -70;
const REGULAR_SPIKING = izhikevich({ a: 0.02, b: 0.2, c: -65, d: 8, vInitial: REST_MV });
const FAST_SPIKING = izhikevich({ a: 0.1, b: 0.2, c: -65, d: 2, vInitial: REST_MV });
