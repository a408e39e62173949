/** Steps of networks with variables, held against the oracle after each. */
import { expect } from "vitest";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Rounding } from "../../host/model/multiplier.ts";
import type { Session } from "../../host/runtime/index.ts";
import { interpret } from "../support/oracle/index.ts";
import { bundle, inputBytes, randomInput } from "../support/random-graph.ts";
import { randomVariables } from "../support/random-variables.ts";
import { difference, infer } from "./targets.ts";

export const STEPS = 7;

/** So many random networks with variables side by side. */
export const randomKept = (first: number, count: number): LayeredGraph =>
  bundle(Array.from({ length: count }, (_, k) => randomVariables(first + k)));

/** Every variable where the manifest says it is. */
async function variables(session: Session): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const { kind, ptr, len } of session.manifest.memory) {
    if (kind === "state") found.push(await session.read(ptr, len));
  }
  return found;
}

/** Outputs and every variable, from the start. */
export async function follows(graph: LayeredGraph, session: Session, rounding: Rounding) {
  let kept: readonly Uint8Array[] | undefined;
  expect(await variables(session), "before the first step").toEqual(
    graph.variables?.map(({ initial }) => initial),
  );
  for (let k = 0; k < STEPS; k++) {
    const input = randomInput(inputBytes(graph), k);
    const wanted = interpret(graph, input, rounding, kept);
    expect(difference(await infer(session, input), wanted.output), `step ${k}`).toBeNull();
    kept = wanted.kept;
    const found = await variables(session);
    graph.variables?.forEach(({ name }, v) => {
      expect(found[v], `${name} after step ${k}`).toEqual(kept?.[v]);
    });
  }
}
