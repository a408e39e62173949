/** What is forgotten where samples are missing: all that the front end keeps, and nothing of what the network keeps. */
import { expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { withFront } from "../../../host/front/index.ts";
import { vibration } from "../../../host/front/named/vibration.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { SignalNode } from "../../../host/model/signal-graph.ts";
import { allToAll, lif, network } from "../../../host/network/index.ts";
import { forgettingAcrossGaps } from "../../../host/run/after-gap.ts";
import { localTarget } from "../../../host/runtime/index.ts";

const HOP = 256;
const random = mulberry32(8);
const noise = (): Uint8Array =>
  new Uint8Array(Int16Array.from({ length: HOP }, () => 4000 * (random() - 0.5)).buffer);

/** A neuron that leaks slowly, behind windows that overlap. @param names what the front end keeps beside them */
async function holds(encode: SignalNode, channels: number, names: readonly string[]) {
  const net = network({
    name: "slow",
    dtSeconds: 1 / 128,
    discretisation: "norse",
    reset: "subtract",
  });
  const input = net.input("features", 128 * channels);
  const slow = lif({ tau: 1, r: 128, vThreshold: 1e3 });
  const p = net.population("slow.one", 1, slow);
  net.project(input, p, { connect: allToAll(), weight: 1 / 16 });
  net.output("out", p);
  const front = { ...vibration, hop: HOP, nodes: [...vibration.nodes, encode] };
  const { wasm, manifest } = await compile(withFront(net.graph(), front), DEFAULT_OPTIONS);
  const session = await localTarget().load(wasm);
  const output = new Uint8Array(session.outputBytes);
  const state = manifest.memory.filter(({ kind }) => kind === "state");
  const own = state.filter(({ name }) => !name.includes("slow.one"));
  expect(own.map(({ name }) => name).sort()).toEqual(
    ["features", "hops", "overlap", "waiting", ...names].sort(),
  );
  const fresh = await localTarget().load(wasm);

  let gaps = 0;
  const stepped = await forgettingAcrossGaps(session, () => gaps);
  for (let k = 0; k < 6; k++) await stepped.step(noise(), output);
  // by hand: the front end as at the start, the network as it is now
  const begin = Math.min(...state.map(({ ptr }) => ptr));
  const mixed = session.readState();
  const start = fresh.readState();
  expect(mixed).not.toEqual(start);
  for (const { ptr, len } of own) {
    mixed.set(start.subarray(ptr - begin, ptr - begin + len), ptr - begin);
  }
  expect(mixed).not.toEqual(start);
  fresh.writeState(mixed);

  gaps += 1;
  for (let k = 0; k < 3; k++) {
    const input = noise();
    const expected = new Uint8Array(output.length);
    await stepped.step(input, output);
    await fresh.step(input, expected);
    expect(session.readState()).toEqual(fresh.readState());
    expect(output).toEqual(expected);
  }
}

const ENCODE = { kind: "Encode", scale: 1 / 8, threshold: 1, gain: 0, memory: "kept" } as const;

test("a network of spikes goes on; what is left of its rates does not", () =>
  holds({ ...ENCODE, code: "rate", gain: 5 }, 1, ["due"]));

test("nor do the levels from which changes are counted", () =>
  holds({ ...ENCODE, code: "crossing" }, 2, ["levels"]));
