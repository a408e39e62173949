/** Random graphs against the oracle: bundles share a compilation, every graph is judged by itself. */
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import { interpret } from "../support/oracle/index.ts";
import { bundle, inputsOf, outputBytes } from "../support/random-graph.ts";
import { difference, infer, open, type TargetRow } from "./targets.ts";

/**
 * Every difference found: which graph, on which row, with which input. Empty when all is well.
 *
 * @param oracleGraphs what the oracle interprets in place of `graphs`: for testing the comparison itself
 */
export async function disagreements(
  graphs: readonly LayeredGraph[],
  row: TargetRow,
  rounding: Rounding,
  seed: number,
  oracleGraphs: readonly LayeredGraph[] = graphs,
): Promise<readonly string[]> {
  const session = await open(row, bundle(graphs), { rounding, selfTest: false });
  const inputs = graphs.map((graph, k) => inputsOf(graph, seed + k));
  const found: string[] = [];
  for (let k = 0; k < (inputs[0]?.length ?? 0); k++) {
    const parts = inputs.map((own) => own[k] ?? new Int8Array());
    const whole = join(parts);
    const output = await infer(session, whole);
    const again = difference(await infer(session, whole), output);
    if (again) found.push(`input ${k}, second inference: ${again}`);
    let from = 0;
    oracleGraphs.forEach((graph, g) => {
      const own = output.subarray(from, from + outputBytes(graph));
      from += outputBytes(graph);
      const expected = interpret(graph, parts[g] ?? new Int8Array(), rounding).output;
      const wrong = difference(own, expected);
      if (wrong) found.push(`${graph.source.name}, ${row.name}, ${rounding}, input ${k}: ${wrong}`);
    });
  }
  return found;
}

function join(parts: readonly Int8Array[]): Int8Array {
  const whole = new Int8Array(parts.reduce((n, p) => n + p.length, 0));
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return whole;
}
