/**
 * A front end before a spiking network against its parts: the features that the module itself shows, encoded by the rules
 * as they are written down, step by step through the network in float64. Whole potentials and spikes after every hop.
 */
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS, plan } from "../../../../host/compiler/index.ts";
import { TwentyWattError } from "../../../../host/errors.ts";
import { withFront } from "../../../../host/front/index.ts";
import { vibration } from "../../../../host/front/named/vibration.ts";
import { mulberry32 } from "../../../../host/model/random.ts";
import type { Front, SignalOf } from "../../../../host/model/signal-graph.ts";
import type { SpikingGraph } from "../../../../host/model/spiking-graph.ts";
import { allToAll, lif, network, oneToOne } from "../../../../host/network/index.ts";
import { type LocalSession, localTarget } from "../../../../host/runtime/index.ts";
import { discretise } from "../../../../host/spiking/discretise.ts";
import { floatStepper } from "../../../../host/spiking/float-stepper.ts";

type Encode = SignalOf<"Encode">;

const FEATURES = 16;
const HOP = 64;
/** 8 steps of 1/512 s */
const STEPS = 8;
const DT = 1 / 512;
const HOPS = 40;

const PLAIN: Encode = {
  ...{ kind: "Encode", code: "rate", scale: 1 / 4, threshold: 1 },
  ...{ gain: 32, memory: "kept" },
};

/** A window of two hops, so that the first hop has no row. */
const front = (encode: Encode): Front => ({
  ...{ name: "lines", sampleRateHz: 4096, unit: "m/s²", scale: 2 ** -10, channels: 1, hop: HOP },
  ...{ start: null, rounding: "nearest" },
  nodes: [
    { kind: "Window", shape: "hann", length: 2 * HOP },
    { kind: "Spectrum", size: 2 * HOP, divisor: 1 },
    { kind: "Log", first: 1, lines: FEATURES, unit: "log2", floor: 1e-12 },
    {
      ...{ kind: "Normalise", mean: "row", shift: 4, offset: 0, factor: 1 },
      ...{ low: -1e9, high: 1e9 },
    },
    encode,
  ],
});

/** Leaks that forget in powers of two: when a spike came shows in the potentials. */
function relays(inputs: number, maxCount: number): SpikingGraph {
  const net = network({
    name: "relays",
    dtSeconds: DT,
    discretisation: "norse",
    reset: "subtract",
  });
  const neuron = (leak: number) => lif({ tau: DT / leak, r: 1 / leak, vThreshold: 1 });
  const from = net.input("features", inputs, null, { maxCount });
  const own = net.population("own", inputs, neuron(1 / 4));
  net.project(from, own, { connect: oneToOne(), weight: 0.5 });
  const all = net.population("all", 3, neuron(1 / 8));
  net.project(own, all, { connect: allToAll(), weight: 0.25 });
  net.output("spikes", all);
  return net.graph();
}

/** The rules of host/front/README.md on rows of int8; null: no row yet. */
function encoder({ code, scale, threshold, gain }: Encode, most: number) {
  const due = new Float64Array(FEATURES);
  const levels = new Float64Array(FEATURES);
  let started = false;
  return {
    rest: () => {
      due.fill(0);
    },
    hop(row: readonly number[] | null): Uint8Array[] {
      if (row && !started) levels.set(row.map((q) => q * scale));
      const before = Float64Array.from(levels);
      started ||= row !== null;
      return Array.from({ length: STEPS }, (_, step) => {
        const counts = new Uint8Array(FEATURES * (code === "rate" ? 1 : 2));
        row?.forEach((q, k) => {
          const x = q * scale;
          if (code === "rate") {
            const owed = (due[k] as number) + Math.max(0, (x - threshold) * gain * DT);
            counts[k] = Math.min(Math.floor(owed), most);
            due[k] = owed - (counts[k] as number);
          } else if (code === "crossing") {
            const rise = x - (levels[k] as number);
            const spikes = Math.min(Math.floor(Math.abs(rise) / threshold), most);
            counts[rise > 0 ? k : FEATURES + k] = spikes;
            levels[k] = (levels[k] as number) + Math.sign(rise) * spikes * threshold;
          } else {
            const rise = step === 0 ? x - (before[k] as number) : 0;
            if (Math.abs(rise) >= threshold) counts[rise > 0 ? k : FEATURES + k] = 1;
            levels[k] = x;
          }
        });
        return counts;
      });
    },
  };
}

/** A line that wanders through the spectrum, louder and softer, and silence in between. */
function samples(): Int16Array[] {
  const random = mulberry32(5);
  return Array.from({ length: HOPS }, (_, hop) =>
    Int16Array.from({ length: HOP }, (_, k) => {
      const t = hop * HOP + k;
      const loud = hop % 9 === 8 ? 0 : 8000 * Math.abs(Math.sin(hop / 5));
      return Math.round(loud * Math.sin(t * (0.05 + 0.012 * hop)) + 20 * (random() - 0.5));
    }),
  );
}

const entry = (session: LocalSession, name: string): Uint8Array => {
  const found = session.manifest.memory.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return session.read(found.ptr, found.len).slice();
};

const CASES: Readonly<Record<string, readonly [encode: Encode, most: number]>> = {
  rates: [PLAIN, 255],
  "rates that owe what one step does not hold": [{ ...PLAIN, gain: 1024, threshold: -2 }, 2],
  "rates, each hop from rest": [{ ...PLAIN, gain: 64, memory: "cleared" }, 255],
  "crossings of levels": [{ ...PLAIN, code: "crossing", threshold: 0.75 }, 255],
  "crossings, one spike a step": [{ ...PLAIN, code: "crossing", threshold: 0.5 }, 1],
  changes: [{ ...PLAIN, code: "delta", threshold: 1.25 }, 255],
};

describe.each(Object.entries(CASES))("%s", (_, [encode, most]) => {
  const inputs = FEATURES * (encode.code === "rate" ? 1 : 2);
  const graph = withFront(relays(inputs, most), front(encode));

  test("every potential and every spike, in both builds, and from the middle on again", async () => {
    const states: Uint8Array[] = [];
    let heard = 0;
    for (const build of ["simd", "mvp"] as const) {
      const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, build });
      expect(manifest.dtSeconds).toBe(STEPS * DT);
      expect(manifest.options).toMatchObject({ dt: DT, stepsPerHop: STEPS, front: "lines" });
      const session = await localTarget().load(wasm);
      const whole = discretise(relays(inputs, most));
      const [own = -1, all = -1] = whole.events.flatMap((event, k) =>
        event.kind === "population" ? [k] : [],
      );
      const rules = encoder(encode, most);
      let float = floatStepper(whole);
      const output = new Uint8Array(session.outputBytes);
      let half: Uint8Array = new Uint8Array(0);
      const rest: number[] = [];
      for (const [hop, block] of samples().entries()) {
        if (hop === HOPS / 2) half = session.readState();
        session.step(new Uint8Array(block.buffer), output);
        if (hop >= HOPS / 2) rest.push(...output);
        const row = hop === 0 ? null : Array.from(new Int8Array(entry(session, "features").buffer));
        if (encode.memory === "cleared") {
          rules.rest();
          float = floatStepper(whole);
        }
        const sums = [0, 0, 0];
        for (const counts of rules.hop(row)) {
          heard += counts.reduce((a, b) => a + b);
          float.step(counts);
          for (const [k, z] of Array.from(float.events(all)).entries())
            sums[k] = (sums[k] ?? 0) + z;
        }
        expect(Array.from(output), `hop ${hop}`).toEqual(sums);
        for (const [name, node] of [
          ["own", own],
          ["all", all],
        ] as const) {
          const scale = manifest.memory.find((one) => one.name === `${name}.v`)?.scale ?? 0;
          const v = new Int32Array(entry(session, `${name}.v`).buffer);
          float.potential(node).forEach((real: number, k: number) => {
            expect(Math.abs((v[k] as number) * scale - real)).toBeLessThan(1e-4);
          });
        }
      }
      states.push(session.readState());
      // what was kept is all there is
      session.writeState(half);
      const again = samples()
        .slice(HOPS / 2)
        .flatMap((block) => {
          session.step(new Uint8Array(block.buffer), output);
          return Array.from(output);
        });
      expect(again).toEqual(rest);
    }
    expect(states[0]).toEqual(states[1]);
    expect(heard).toBeGreaterThan(100);
  });
});

test("a rate in decimals: ten steps of a tenth are a spike, and no spike is early", async () => {
  // a constant row: silence, whose features are all the mean
  const encode: Encode = { ...PLAIN, threshold: -1, gain: 0.1 / DT };
  const graph = withFront(relays(FEATURES, 255), front(encode));
  const session = await localTarget().load((await compile(graph, DEFAULT_OPTIONS)).wasm);
  const output = new Uint8Array(session.outputBytes);
  for (let hop = 0; hop <= 100; hop++) {
    session.step(new Uint8Array(2 * HOP), output);
    const due = new Uint32Array(entry(session, "due").buffer);
    // all that came, less whole spikes: 0.8 a hop; every fifth ends on a whole number
    const left = (hop * STEPS) % 10;
    for (const one of due) expect(Math.abs(one / 2 ** 22 - left / 10)).toBeLessThan(1e-3);
  }
});

describe("what does not go together is refused with both sides", () => {
  const refusal = (graph: SpikingGraph): string => {
    try {
      plan(graph, DEFAULT_OPTIONS);
    } catch (error) {
      if (error instanceof TwentyWattError) return error.message;
      throw error;
    }
    return "nothing";
  };

  test.each([
    ["no Encode", { ...front(PLAIN), nodes: front(PLAIN).nodes.slice(0, -1) }, "no Encode before"],
    [
      "a hop of no whole steps",
      { ...front(PLAIN), hop: 60 },
      "0.0146484375 s, and time steps of 0.001953125 s",
    ],
    ["rows of another length", front({ ...PLAIN, code: "delta" }), "32 channels a row"],
    [
      "another network's rows",
      { ...vibration, nodes: [...vibration.nodes, PLAIN] },
      "128 channels a row",
    ],
    [
      "levels finer than int8",
      front({ ...PLAIN, code: "crossing", threshold: 0.1 }),
      "at least the scale",
    ],
    ["no rate", front({ ...PLAIN, gain: 0 }), "a number above 0, in Hz per unit"],
    ["a rate without end", front({ ...PLAIN, gain: 1e6 }), "at most 256"],
  ] as const)("%s", (_, wrong, message) => {
    expect(refusal({ ...relays(FEATURES, 255), front: wrong })).toContain(message);
  });

  test("values, and a network that learns and would forget", () => {
    const graph = relays(FEATURES, 255);
    const values = { ...graph, semantics: { ...graph.semantics, inputKind: "values" as const } };
    expect(refusal({ ...values, front: front(PLAIN) })).toContain("a network that takes spikes");
  });
});
