/** Small spiking networks as modules, for tests of the command line: two inputs, and one that takes values. */
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { li, lif, network, oneToOne, threshold } from "../../host/network/index.ts";

/** Inputs left [2] and right [3], repeated by relays in the same step. */
export async function relayModule(): Promise<Uint8Array> {
  const net = network({ name: "relay" });
  for (const [name, n] of [
    ["left", 2],
    ["right", 3],
  ] as const) {
    const input = net.input(name, n);
    const relay = net.population(`${name}.relay`, n, threshold({ threshold: 0.5 }));
    net.project(input, relay, { connect: oneToOne(), weight: 1 });
    net.output(`${name}.out`, relay);
  }
  return (await compile(net.graph(), DEFAULT_OPTIONS)).wasm;
}

/** A value in, its leaky integral out; and a spiking neuron beside it. */
export async function valuesModule(): Promise<Uint8Array> {
  const net = network({ name: "values", inputKind: "values", dtSeconds: 1e-3 });
  const input = net.input("x", 1);
  const smooth = net.population("smooth", 1, li({ tau: 0.01 }));
  const spiking = net.population("spiking", 1, lif({ tau: 0.01, vThreshold: 0.5 }));
  net.project(input, smooth, { connect: oneToOne(), weight: 1 });
  net.project(input, spiking, { connect: oneToOne(), weight: 1 });
  net.output("y", smooth);
  return (await compile(net.graph(), DEFAULT_OPTIONS)).wasm;
}
