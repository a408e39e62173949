/** What an engine computes for relaxed dot products, asked by the probe; and modules that an engine would compute otherwise. */
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../../host/compiler/index.ts";
import type { TwentyWattError } from "../../../host/errors.ts";
import { checkModule, readModuleManifest } from "../../../host/module/check.ts";
import { type Manifest, SECTION } from "../../../host/module/manifest.ts";
import {
  isRelaxed,
  PROBE,
  RELAXED,
  type RelaxedFlavour,
  relaxedHere,
  relaxedOf,
} from "../../../host/module/relaxed.ts";
import {
  customSection,
  readSections,
  SECTION_ID,
  writeSections,
} from "../../../host/module/wasm-binary.ts";
import { localTarget, sha256 } from "../../../host/runtime/local.ts";
import { randomOperator } from "../../support/random-graph.ts";
import { withEngine } from "../../support/relaxed-engine.ts";

describe("the probe", () => {
  test.each([
    ["unsigned", "relaxed-unsigned"],
    ["signed", "relaxed-signed"],
    ["signed, wraps", "relaxed-signed"],
    ["unsigned, saturates", null],
  ] as const)("an engine with products that are %s: %s", (engine, flavour) => {
    expect(relaxedOf(withEngine(PROBE, engine))).toBe(flavour);
  });

  test("an engine that is wrong for one pair of bytes, in one of the four places, is not exact", () => {
    for (const [engine, spoiled] of [
      ["unsigned", { weight: -128, input: 255 }],
      ["unsigned", { weight: 1, input: 0 }],
      ["signed", { weight: -127, input: 128 }],
      ["signed", { weight: 127, input: 127 }],
    ] as const) {
      for (let place = 0; place < 4; place++) {
        expect(relaxedOf(withEngine(PROBE, engine, { ...spoiled, place }))).toBe(null);
      }
    }
  });

  test("a weight of −128 on an engine of signed bytes is not asked for: no module has it there", () => {
    const spoiled = { weight: -128, input: 200, place: 1 };
    expect(relaxedOf(withEngine(PROBE, "signed", spoiled))).toBe("relaxed-signed");
  });

  test("an engine that does not know the instruction", () => {
    const unknown = PROBE.slice();
    // i32x4.relaxed_dot_i8x16_i7x16_add_s → a number that nothing has
    const at = Buffer.from(unknown).indexOf(Buffer.of(0xfd, 0x93, 0x02));
    unknown[at + 1] = 0xff;
    expect(relaxedOf(unknown)).toBe(null);
  });
});

const FLAVOURS = Object.keys(RELAXED) as RelaxedFlavour[];
const graph = randomOperator("CONV_2D", 1);
const compiled = async (flavour: RelaxedFlavour) =>
  (await compile(graph, { ...DEFAULT_OPTIONS, build: "simd", flavour, selfTest: false })).wasm;

/** With fields of its manifest changed; the code and its hash stay. */
function edited(wasm: Uint8Array, change: Partial<Manifest>): Uint8Array {
  const text = JSON.stringify({ ...readModuleManifest(wasm), ...change });
  const rest = readSections(wasm).filter(({ id }) => id !== SECTION_ID.custom);
  return writeSections([...rest, customSection(SECTION, new TextEncoder().encode(text))]);
}

describe.each(FLAVOURS)("a module of %s", (flavour) => {
  test("passes the checks where the engine knows the instruction, and runs only where it is exact", async () => {
    const wasm = await compiled(flavour);
    const known = WebAssembly.validate(PROBE as BufferSource);
    expect(codeOf(() => checkModule(wasm, sha256))).toBe(known ? null : "TARGET_MISSING");
    expect(await codeOfAsync(() => localTarget().load(wasm))).toBe(
      relaxedHere() === flavour ? null : "TARGET_MISSING",
    );
  });

  test("whose manifest says another flavour is refused", async () => {
    const wasm = await compiled(flavour);
    for (const lie of ["dot", "extmul", null, ...FLAVOURS] as const) {
      if (lie === flavour) continue;
      const known = WebAssembly.validate(PROBE as BufferSource);
      const expected = known ? "MODULE_ABI" : isRelaxed(lie) ? "TARGET_MISSING" : "MODULE_FORMAT";
      expect(codeOf(() => checkModule(edited(wasm, { flavour: lie }), sha256))).toBe(expected);
    }
  });

  test("is compiled with a self-test only where that can be recorded", async () => {
    const options = { ...DEFAULT_OPTIONS, build: "simd", flavour } as const;
    expect(await codeOfAsync(() => compile(graph, options))).toBe(
      relaxedHere() === flavour ? null : "TARGET_MISSING",
    );
  });
});

test("relaxed products in a module of another flavour are refused", async () => {
  const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, build: "simd" });
  const lying = edited(wasm, { flavour: "relaxed-signed" });
  expect(["MODULE_ABI", "TARGET_MISSING"]).toContain(codeOf(() => checkModule(lying, sha256)));
});

/** What it raises, or null. */
function codeOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as TwentyWattError).code;
  }
}

const codeOfAsync = (work: () => Promise<unknown>): Promise<string | null> =>
  work().then(
    () => null,
    (error: TwentyWattError) => error.code,
  );
