/** Kernels that boards have themselves: one table in two languages, and what a module may say of them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import { FIRMWARE } from "../../../host/firmware/index.ts";
import { checkModule } from "../../../host/module/check.ts";
import { KERNEL_PREFIX, NATIVE_KERNELS } from "../../../host/module/kernels.ts";
import { readSections, SECTION_ID } from "../../../host/module/wasm-binary.ts";
import { signed } from "../../support/firmware-modules.ts";
import { asPure, withExport, withSection } from "../../support/native-module.ts";
import { fullyConnectedLayer } from "../../support/weighted-layer.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const verdict = (wasm: Uint8Array): string => {
  try {
    checkModule(wasm, sha256);
    return "passes";
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return error.message;
  }
};

test("the firmware has the same rows", () => {
  const header = readFileSync(join(FIRMWARE, "kernels/tw_kernel_rows.h"), "utf8");
  const rows = [...header.matchAll(/^TW_KERNEL\((\d+), (\w+), "([iI]*)"\)$/gm)].map(
    ([, number, name, parameters]) => ({ number: Number(number), name, parameters }),
  );
  expect(rows).toEqual(
    NATIVE_KERNELS.map(({ name, parameters }, number) => ({ number, name, parameters })),
  );
  for (const { name } of NATIVE_KERNELS) {
    expect(`${KERNEL_PREFIX}${name}`).toMatch(/^k1_[A-Za-z0-9_]{1,29}$/);
  }
});

describe("a fully connected layer's module", () => {
  const weights = Int8Array.from({ length: 40 * 12 }, (_, k) => ((k * 37) % 251) - 125);
  const bias = Array.from({ length: 12 }, (_, k) => 31 * k - 90);
  const graph = fullyConnectedLayer({
    ...{ rows: 1, zeroPoint: 3, weights, weightZeroPoint: 0, multiplier: 1e-3, bias },
  });
  let wasm = new Uint8Array();
  beforeAll(async () => {
    wasm = (await compile(graph, DEFAULT_OPTIONS)).wasm as Uint8Array<ArrayBuffer>;
  });

  /** Of a global, by the bytes that its value has in the section. */
  const withGlobal = (from: number, to: number): Uint8Array =>
    withSection(wasm, SECTION_ID.global, (body) => {
      const [old, next] = [Buffer.from([0x41, ...signed(from), 0x0b]), [0x41, ...signed(to), 0x0b]];
      const at = Buffer.from(body).lastIndexOf(old);
      if (at < 0) throw new Error(`no global of ${from}`);
      return Uint8Array.from([...body.subarray(0, at), ...next, ...body.subarray(at + old.length)]);
    });

  test("has its kernel's name, and weights and stage at the end of memory and of the module", () => {
    const { manifest, globals } = checkModule(wasm, sha256);
    expect(manifest.kernels).toEqual(["k1_conv2d"]);
    expect(manifest.rom).toEqual({ ptr: globals.memUsed - globals.romLen, len: globals.romLen });
    expect(globals.romLen).toBeGreaterThan(40 * 12 + 16 * 13);
    const sections = readSections(wasm);
    const data = sections.findIndex(({ id }) => id === SECTION_ID.data);
    const end = sections[data + 1]?.offset ?? wasm.length;
    expect((end - globals.romLen) % 16).toBe(0);
  });

  test("of engines that only interpret has none", async () => {
    const { manifest } = await compile(graph, { ...DEFAULT_OPTIONS, interpreted: true });
    expect(manifest).toMatchObject({ kernels: [], rom: null });
    expect((await compile(graph, { ...DEFAULT_OPTIONS, build: "simd" })).manifest).toMatchObject({
      ...{ kernels: [], rom: null },
    });
  });

  test("may have kernels of a later version, but known ones only with their signature", () => {
    expect(verdict(asPure(wasm))).toBe("passes");
    expect(verdict(withExport(wasm, "k1_depthwiseConv2d", "init"))).toMatch(
      /^MODULE_ABI: k1_depthwiseConv2d: got \(\) → i32, expected \(i32, i32/,
    );
    expect(verdict(withExport(wasm, "k1_another", "k1_conv2d"))).toMatch(
      /^MODULE_ABI: k1_(another|conv2d): got two names/,
    );
    expect(verdict(withExport(wasm, "k2_conv2d", "init"))).toMatch(/^MODULE_ABI: exports: /);
  });

  test("has constants where rom_len says, and nothing else there", () => {
    const { globals } = checkModule(wasm, sha256);
    const { romLen, memUsed, inPtr } = globals;
    for (const wrong of [-16, 1, romLen - 8, memUsed, memUsed + 16]) {
      expect(verdict(withGlobal(romLen, wrong))).toMatch(/^MODULE_ABI: rom_len/);
    }
    // a longer one takes in what is written
    expect(verdict(withGlobal(romLen, memUsed - 16))).toMatch(/^MODULE_ABI: /);
    expect(verdict(withGlobal(inPtr, memUsed - romLen))).toMatch(/^MODULE_ABI: in_ptr, in_len/);
  });
});
