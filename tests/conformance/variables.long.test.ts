/** More random networks with variables, in every build and both roundings. */
import { test } from "vitest";
import { follows, randomKept } from "./kept.ts";
import { open, ROUNDINGS, TARGETS } from "./targets.ts";

const [BUNDLES, EACH] = [10, 40];

for (const row of TARGETS) {
  for (const rounding of ROUNDINGS) {
    test(`${BUNDLES * EACH} random networks, ${row.name}, ${rounding} rounding`, async () => {
      for (let k = 0; k < BUNDLES; k++) {
        const graph = randomKept(1000 + EACH * k, EACH);
        await follows(graph, await open(row, graph, { rounding }), rounding);
      }
    });
  }
}
