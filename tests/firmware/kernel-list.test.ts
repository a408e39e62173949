/** Firmware with some of the native kernels: small, and what it lacks is known before anything is sent. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { moduleFacts } from "../../host/boards/facts.ts";
import { knownTo } from "../../host/boards/loaded.ts";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { TwentyWattError } from "../../host/errors.ts";
import { buildFirmware, kernelList } from "../../host/firmware/index.ts";
import { checkModule } from "../../host/module/check.ts";
import { NATIVE_KERNELS } from "../../host/module/kernels.ts";
import { boardTarget } from "../../host/runtime/index.ts";
import { parseStatus } from "../../host/runtime/requests.ts";
import { linkTo, missingBoards, pipedLine, startPiped } from "../support/boards.ts";
import { PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { testUnless } from "../support/skip.ts";
import { fullyConnectedLayer } from "../support/weighted-layer.ts";

const boardTest = testUnless(missingBoards());
const ARENA_SIZE = fileURLToPath(new URL("programs/arena-size", import.meta.url));
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("a list of names, with or without the prefix; null for all", () => {
  expect(kernelList("conv2d, k1_softmax,")).toEqual(["conv2d", "softmax"]);
  expect(kernelList("")).toBeNull();
  expect(kernelList(undefined)).toBeNull();
  for (const name of ["conv3d", "k1_", "Conv2d"]) {
    expect(() => kernelList(`conv2d,${name}`)).toThrow(/^USAGE: KERNELS: /);
  }
});

/** What needs one kernel, with 20 kB of weights. */
async function layer(): Promise<Uint8Array> {
  const [depth, count] = [400, 50];
  const weights = Int8Array.from({ length: depth * count }, (_, k) => ((k * 37) % 251) - 125);
  const given = { rows: 1, zeroPoint: 3, weights, weightZeroPoint: 0, multiplier: 1e-3 };
  const bias = Array.from({ length: count }, (_, k) => 31 * k - 90);
  return (await compile(fullyConnectedLayer({ ...given, bias }), DEFAULT_OPTIONS)).wasm;
}

describe.each(["qemu-m4", "qemu-rv32"] as const)("%s", (name) => {
  boardTest("what one model needs, and one that lacks its kernel: as the host says", async () => {
    const wasm = await layer();
    const { manifest, globals } = checkModule(wasm, sha256);
    const needed = kernelList(manifest.kernels?.join(","));
    expect(needed).toEqual(["conv2d"]);
    for (const [kernels, memory] of [
      [needed, globals.memUsed - globals.romLen],
      [["softmax"], globals.memUsed],
    ] as const) {
      const { path, flashBytes } = await buildFirmware(name, { kernels });
      if (name === "qemu-m4" && kernels === needed) expect(flashBytes).toBeLessThan(64_000);
      const link = await linkTo(name, { elf: path });
      try {
        const hello = await link.hello(PATIENCE_MS);
        expect(hello.kernels.map((k) => NATIVE_KERNELS[k]?.name)).toEqual(kernels);
        const { facts } = moduleFacts(wasm, knownTo(hello));
        await plainDeploy(link, wasm);
        const status = parseStatus(await link.request("STATUS"));
        expect(status.linearMemory).toBe(memory);
        expect([facts.memoryBytes, facts.arenaBytes]).toEqual([memory, status.arenaUsed]);
      } finally {
        await link.close();
      }
    }
  });

  boardTest(
    "too little memory for a kernel that is not there: said before a byte is sent",
    async () => {
      const wasm = await layer();
      const { globals } = checkModule(wasm, sha256);
      const arenaBytes = globals.memUsed - 1000 - ((globals.memUsed - 1000) % 8);
      for (const [kernels, fits] of [
        [["conv2d"], true],
        [["softmax"], false],
      ] as const) {
        const { path: elf } = await buildFirmware(name, { kernels, program: ARENA_SIZE });
        const line = pipedLine(await startPiped(name, { elf, arenaBytes }), name);
        const target = boardTarget(line);
        if (fits) {
          const session = await target.load(wasm);
          await session.close();
          continue;
        }
        const refused = await target.load(wasm).catch((error: unknown) => error);
        expect(refused).toBeInstanceOf(TwentyWattError);
        expect(String(refused)).toContain(`MODULE_TOO_BIG`);
        expect(String(refused)).toContain(`${globals.memUsed}`);
      }
    },
  );
});
