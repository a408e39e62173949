/** Kernels saturate where the host's proofs end. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { LIMIT } from "../../../host/spiking/fixed-network.ts";

const folder = (name: string) =>
  fileURLToPath(new URL(`../../../assembly/${name}/`, import.meta.url));

test("one LIMIT in the kernels, and it is the host's: 2^29 − 1", () => {
  const text = readFileSync(`${folder("fixed")}limit.ts`, "utf8");
  const [, bits] = /LIMIT: i32 = \(1 << (\d+)\) - 1;/.exec(text) ?? [];
  expect(2 ** Number(bits) - 1).toBe(LIMIT);
  expect(LIMIT).toBe(536870911);
  for (const name of readdirSync(folder("neurons")))
    expect(readFileSync(`${folder("neurons")}${name}`, "utf8"), name).not.toMatch(
      /\b1 << 29\) - 1/,
    );
});
