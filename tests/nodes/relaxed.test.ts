/** Which engines compute relaxed dot products exactly: what the probe says in other versions of Node, with and without AVX-VNNI. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import { testUnless } from "../support/skip.ts";
import { otherNode } from "./other-node.ts";

const run = promisify(execFile);
const PROBE = fileURLToPath(new URL("../arm64/probe.mjs", import.meta.url));

const node24 = await otherNode(24);
const node22 = await otherNode(22);

const CPUINFO = "/proc/cpuinfo";
const features = new Set(
  /^flags\s*:(.*)$/m
    .exec(existsSync(CPUINFO) ? readFileSync(CPUINFO, "utf8") : "")?.[1]
    ?.trim()
    .split(" ") ?? [],
);

const probed = async (node: string, ...flags: readonly string[]): Promise<string> =>
  (await run(node, [...flags, PROBE])).stdout.trim();

testUnless(typeof node24 === "string" ? null : node24)("Node 24", async () => {
  if (typeof node24 !== "string") return;
  const off = ["--no-enable-avx-vnni", "--no-enable-avx-vnni-int8"];
  expect(await probed(node24, ...off)).toBe("x64 null");
  // V8 prefers the form for signed bytes where a processor has both
  if (features.has("avx_vnni_int8")) expect(await probed(node24)).toBe("x64 relaxed-signed");
  else if (features.has("avx_vnni")) expect(await probed(node24)).toBe("x64 relaxed-unsigned");
  else expect(await probed(node24)).toBe("x64 null");
});

testUnless(typeof node22 === "string" ? null : node22)("Node 22 has only pmaddubsw", async () => {
  if (typeof node22 !== "string") return;
  expect(await probed(node22, "--experimental-strip-types", "--no-warnings")).toBe("x64 null");
});
