/** Files do not say their time unit, and no time step suits every network: what looks wrong is said. */
import type { Semantics, SpikingNode, Values } from "../../model/spiking-graph.ts";

/** A membrane of half a second is rare; one of 10 "seconds" was meant in milliseconds. */
const SLOW_SECONDS = 0.5;

type Times = Pick<Semantics, "dtSeconds" | "timeUnit">;

/** One sentence for each kind of doubt, naming the first node that raises it. */
export function doubtTimes(nodes: readonly SpikingNode[], options: Times): string[] {
  const constants = nodes.flatMap(timeConstants);
  const said: string[] = [];
  const slow = constants.find(({ values }) => bounds(values).most >= SLOW_SECONDS);
  if (slow && options.timeUnit === "s") {
    said.push(
      `${slow.name} has a ${slow.what} of ${bounds(slow.values).most} s: if the file is in milliseconds, pass --time-unit ms.`,
    );
  }
  const fast = constants.find(({ values }) => bounds(values).least < options.dtSeconds);
  if (fast) {
    const other = options.timeUnit === "ms" ? ", or --time-unit s if the file is in seconds" : "";
    said.push(
      `${fast.name} has a ${fast.what} of ${bounds(fast.values).least} s, shorter than a time step of ${options.dtSeconds} s: take a smaller --dt${other}.`,
    );
  }
  return said.concat(nodes.flatMap((node) => roundedDelay(node, options)));
}

function timeConstants(node: SpikingNode) {
  const found: { readonly name: string; readonly what: string; readonly values: Values }[] = [];
  const add = (what: string, values: Values) => found.push({ name: node.name, what, values });
  if ("tau" in node) add("tau", node.tau);
  if ("tauMem" in node) add("tau_mem", node.tauMem);
  if ("receptors" in node) for (const { tauSyn } of node.receptors) add("tau_syn", tauSyn);
  return found;
}

function bounds(values: Values): { least: number; most: number } {
  if (typeof values === "number") return { least: values, most: values };
  return {
    least: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    most: values.reduce((a, b) => Math.max(a, b), 0),
  };
}

/** Delays become whole steps; a rounding of a hundredth of a step is the float32 of the file. */
function roundedDelay(node: SpikingNode, { dtSeconds }: Times): string[] {
  if (node.kind !== "Delay") return [];
  const { delaySeconds } = node;
  const list = typeof delaySeconds === "number" ? [delaySeconds] : delaySeconds;
  const odd = list.find((s) => Math.abs(s / dtSeconds - Math.round(s / dtSeconds)) > 0.01);
  if (odd === undefined) return [];
  const steps = Math.round(odd / dtSeconds);
  return [`${node.name}: a delay of ${odd} s is rounded to ${steps} steps of ${dtSeconds} s.`];
}
