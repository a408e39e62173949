/** The demonstration without a compiler: networks that answer at once, on a clock that only waiting and reading move. */
import type { DemoIo } from "../../host/demo/demo.ts";
import { int8Graph } from "../../host/demo/int8-network.ts";
import type { DemoMeter } from "../../host/demo/measure.ts";
import type { DemoNetwork, DemoSession } from "../../host/demo/network.ts";
import type { Manifest } from "../../host/module/manifest.ts";
import { MACHINE_STATES } from "../../host/sensors/vibration.ts";

/** A network of two steps per window, with one byte in and one byte out per machine state each. */
export const twoSteps: DemoNetwork = {
  name: "two steps",
  graph: () => int8Graph(),
  encode: (window) => Uint8Array.of(window.length >> 8, 7),
  decode: (outputs) => Array.from(MACHINE_STATES, (_, k) => (outputs[k] as number) / 256),
};

/** A step takes so long that a window of 0.2 s is over soon. */
const STEP_NS = 20_000n;

/** A clock that only waiting, reading and steps move, and a session that answers at once and remembers what it was given. */
export function simulated(more: Partial<DemoIo> & { isTTY?: boolean } = {}) {
  let nowNs = 0n;
  let text = "";
  const calls: (number | "reset" | "close")[] = [];
  const session: DemoSession = {
    manifest: {
      ...{ dtSeconds: 1e-3, macs: 0, neurons: 3, synapses: 12, build: "simd", options: {} },
      source: { name: "net:x" },
    } as Manifest,
    target: "local",
    inputBytes: 1,
    outputBytes: MACHINE_STATES.length,
    step: (input, output) => {
      calls.push(input[0] as number);
      nowNs += STEP_NS;
      output.fill(0)[2] = 200;
      return calls.length % 2 ? 0 : Promise.resolve(0);
    },
    reset: () => void calls.push("reset"),
    counters: () => ({ spikes: 6n, synapticEvents: 40n }),
    close: () => void calls.push("close"),
  };
  const io: DemoIo = {
    stdout: { write: (s) => (text += s), isTTY: more.isTTY },
    env: {},
    clock: { nowNs: () => (nowNs += 100n) },
    waitUntil: async (timeNs) => {
      if (timeNs > nowNs) nowNs = timeNs;
    },
    signal: new AbortController().signal,
    load: async () => ({ session, moduleBytes: 1234, compileMs: 5 }),
    meter: null,
    ...more,
  };
  return { io, calls, text: () => text, seconds: () => Number(nowNs) / 1e9 };
}

/** The same with an estimate of 2 … 8 W. */
export function metered(more: Partial<DemoIo> & { isTTY?: boolean } = {}) {
  const { io, text } = simulated(more);
  const { clock } = io;
  let startNs = 0n;
  const meter: DemoMeter = {
    name: "estimate",
    scope: "core",
    quality: "estimated",
    method: "time × 2 … 8 W (a data sheet)",
    doesNotInclude: ["memory"],
    start: async () => {
      startNs = clock.nowNs();
    },
    stop: async () => {
      const seconds = Number(clock.nowNs() - startNs) / 1e9;
      return { joules: { value: 4 * seconds, low: 2 * seconds, high: 8 * seconds } };
    },
  };
  return { io: { ...io, meter }, text };
}
