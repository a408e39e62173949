/** Whole front ends in both builds against float64: every feature, the ring, the state resumed. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { framesOf } from "../../../host/model/signal-graph.ts";
import { localTarget } from "../../../host/runtime/index.ts";
import { FRONTS, fronted, frontOracle } from "../../support/fronts.ts";

const STEPS = 60;
const SCALE = 1 / 8;

/** Lines that come and go over noise, at levels from silence to full scale. */
function stream(length: number, channels: number): Int16Array {
  const random = mulberry32(length);
  return Int16Array.from({ length: length * channels }, (_, k) => {
    const time = Math.floor(k / channels);
    const loud = 30_000 * 10 ** (-4 * Math.abs(Math.sin(time / 900)));
    const line = Math.sin(time * 0.3 * (1 + 0.5 * Math.sin(time / 2500)));
    return Math.round(loud * line * 0.9 + loud * 0.02 * (random() - 0.5));
  });
}

test.each(Object.entries(FRONTS))("%s", async (_, front) => {
  const { hop, channels } = front;
  const samples = stream(hop * STEPS, channels);
  const graph = fronted(front);
  const { waiting, features } = framesOf(front);
  const states: Uint8Array[] = [];
  for (const build of ["simd", "mvp"] as const) {
    const { wasm, manifest } = await compile(graph, { ...DEFAULT_OPTIONS, build });
    const session = await localTarget().load(wasm);
    const ring = manifest.memory.find(({ name }) => name === "features");
    if (!ring) throw new Error("no ring");
    const rows = () => Array.from(new Int8Array(session.read(ring.ptr, ring.len).buffer));
    const output = new Uint8Array(session.outputBytes);
    const step = (k: number) => {
      const own = samples.subarray(k * hop * channels, (k + 1) * hop * channels);
      session.step(new Uint8Array(own.buffer, own.byteOffset, own.byteLength), output);
      return own;
    };
    const oracle = frontOracle(front);
    let wanted = new Array<number>(ring.len).fill(front.start ?? 0);
    expect(rows()).toEqual(wanted);
    let [off, worst, cells] = [0, 0, 0];
    let half: Uint8Array = new Uint8Array(0);
    const outputs: number[][] = [];
    for (let k = 0; k < STEPS; k++) {
      if (k === STEPS / 2) half = session.readState();
      const real = oracle.step(step(k));
      outputs.push(Array.from(output));
      expect(real === null).toBe(k < waiting);
      if (real === null) {
        expect(rows()).toEqual(wanted);
        continue;
      }
      const got = rows().slice(-features);
      wanted = [...wanted, ...got].slice(-ring.len);
      expect(rows()).toEqual(wanted);
      real.forEach((value, j) => {
        const q = value / SCALE;
        const whole = front.rounding === "truncate" ? Math.trunc(q) : Math.floor(q + 0.5);
        const distance = Math.abs(Math.max(-128, Math.min(127, whole)) - (got[j] as number));
        [cells, off, worst] = [cells + 1, off + Number(distance > 0), Math.max(worst, distance)];
      });
    }
    expect(worst).toBeLessThanOrEqual(1);
    expect(off / cells).toBeLessThan(0.01);
    states.push(session.readState());
    session.reset();
    session.writeState(half);
    for (let k = STEPS / 2; k < STEPS; k++) {
      step(k);
      expect(Array.from(output), `resumed, step ${k}`).toEqual(outputs[k]);
    }
    expect(session.readState()).toEqual(states.at(-1));
  }
  expect(states[1]).toEqual(states[0]);
});
