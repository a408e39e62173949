/** MODEL in every form, good and bad, through the verbs that take one. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { checkModule } from "../../../host/module/check.ts";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";
import { FLATTEN, FLATTEN_F32, flattenGraph } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const model = file("flatten.tflite", FLATTEN);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function compiled(name: string, ...options: string[]): Promise<string> {
  const { code, stderr } = await cli(["compile", model, "-o", path(name), ...options]);
  if (code !== 0) throw new Error(stderr);
  return path(name);
}

describe("compile", () => {
  test("writes a module that passes its checks; the same bytes twice", async () => {
    const { code, document, stderr } = await cliJson(["compile", model, "-o", path("a.wasm")]);
    expect(code).toBe(0);
    const bytes = readFileSync(path("a.wasm"));
    expect(document).toMatchObject({
      verb: "compile",
      model: "flatten.tflite",
      output: path("a.wasm"),
      build: "mvp",
      flavour: null,
      rounding: "double",
      module: { bytes: bytes.length, sha256: sha256(bytes) },
      selfTest: true,
    });
    expect(document.compileCpuMs).toBeGreaterThan(0);
    expect(stderr).toContain("compiling");
    expect(checkModule(bytes, sha256).manifest.source.sha256).toBe(sha256(FLATTEN));
    expect(readFileSync(await compiled("b.wasm"))).toEqual(bytes);
  });

  test("never over the model it is made of, whatever that is called", async () => {
    symlinkSync(model, path("same.tflite"));
    for (const name of [model, path("same.tflite")]) {
      expect(await failedWith("compile", model, "-o", name)).toBe("USAGE 2");
    }
    expect(new Uint8Array(readFileSync(model))).toEqual(FLATTEN);
  });

  test("options reach the manifest", async () => {
    const name = await compiled(
      "options.wasm",
      ...["--build", "simd", "--flavour", "extmul", "--rounding", "single"],
      ...["--keep-layers", "--no-self-test"],
    );
    const { manifest } = checkModule(readFileSync(name), sha256);
    expect(manifest).toMatchObject({
      build: "simd",
      flavour: "extmul",
      rounding: "single",
      selfTest: null,
      options: { keepLayers: true, selfTest: false },
    });
  });

  test("a flavour of the mvp build is a warning", async () => {
    const args = ["compile", model, "-o", path("f.wasm"), "--flavour", "dot"];
    expect((await cliJson(args)).document.warnings).toHaveLength(1);
  });

  test("a module is no model", async () => {
    const wasm = await compiled("c.wasm");
    expect(await failedWith("compile", wasm, "-o", path("d.wasm"))).toBe("USAGE 2");
    expect(existsSync(path("d.wasm"))).toBe(false);
  });

  test("a failure leaves what was there", async () => {
    const output = file("kept.wasm", "before");
    expect(await failedWith("compile", file("bad.tflite", "x"), "-o", output)).toBe(
      "MODEL_FORMAT 1",
    );
    expect(readFileSync(output, "utf8")).toBe("before");
  });

  test("through a symbolic link the file it names is replaced", async () => {
    const target = file("target.wasm", "before");
    symlinkSync(target, path("link.wasm"));
    await compiled("link.wasm");
    expect(readFileSync(target)).toEqual(readFileSync(await compiled("plain.wasm")));
  });

  test("paths that cannot be written", async () => {
    mkdirSync(path("folder"), { recursive: true });
    for (const output of [path("no/such/folder/x.wasm"), path("folder"), `${model}/x.wasm`]) {
      expect(await failedWith("compile", model, "-o", output)).toBe("IO 1");
    }
  });
});

describe("inspect", () => {
  test("a model: the plan, whose lines add up, its module and the boards", async () => {
    const { document } = await cliJson(["inspect", model]);
    const built = await cliJson(["inspect", model, "--build"]);
    expect(document).toMatchObject({
      source: { name: "flatten.tflite", format: "tflite", sha256: sha256(FLATTEN) },
      semantics: null,
      inputs: [{ name: "image", shape: [1, 2, 3], dtype: "i8", edge: "i8", scale: 0.5 }],
      outputs: [{ name: "flat", shape: [1, 6] }],
      nodes: [
        { index: 0, kind: "RESHAPE", inputShapes: [[1, 2, 3]], outputShape: [1, 6], macs: 0 },
      ],
      totals: { macs: 0, neurons: 0, synapses: 0 },
      module: built.document.module,
      boards: built.document.boards,
    });
    expect(Object.keys(document.nodes[0]).sort()).toEqual(
      [..."index name kind inputShapes outputShape macs parameterBytes form".split(" ")].sort(),
    );
    expect(sumOf(document.memory)).toBe(document.memory.memUsedBytes);
    for (const board of document.boards) expect(typeof board.fits).toBe("boolean");
  });

  test.each(["--build", "--build=mvp"])("%s: the module and the boards", async (flag) => {
    for (const args of [
      ["inspect", model, flag],
      ["inspect", flag, model],
    ]) {
      const { document } = await cliJson(args);
      const bytes = readFileSync(await compiled("i.wasm"));
      expect(document.module).toEqual({
        bytes: bytes.length,
        codeBytes: expect.any(Number),
        sha256: sha256(bytes),
      });
      for (const board of document.boards) {
        expect(Object.keys(board).sort()).toEqual(
          [..."name fits flashBytes ramBytes reason".split(" ")].sort(),
        );
        expect(typeof board.fits).toBe("boolean");
      }
    }
  });

  test("the simd build fits no board", async () => {
    const { document } = await cliJson(["inspect", model, "--build", "simd"]);
    for (const { fits, reason } of document.boards) {
      expect([fits, reason]).toEqual([false, expect.stringContaining("mvp")]);
    }
  });

  test("a module: as its model with --build", async () => {
    const wasm = await compiled("j.wasm");
    const [of, from] = [
      await cliJson(["inspect", wasm]),
      await cliJson(["inspect", model, "--build"]),
    ];
    expect(of.document.module).toEqual(from.document.module);
    expect(of.document.boards).toEqual(from.document.boards);
    expect(of.document.source).toEqual(from.document.source);
    expect(of.document.inputs).toEqual(from.document.inputs);
    expect(sumOf(of.document.memory)).toBe(of.document.memory.memUsedBytes);
    expect(of.document.memory.memUsedBytes).toBe(from.document.memory.memUsedBytes);
    expect(of.document.nodes).toEqual([]);
  });

  test("the text holds the same facts", async () => {
    const { stdout, stderr } = await cli(["inspect", model]);
    expect(stdout).toMatch(/RESHAPE +\[1,2,3\] +\[1,6\]/);
    expect(stdout).toMatch(/mem_used +\d+/);
    expect(stdout.split("\n").filter((line) => / $/.test(line))).toEqual([]);
    expect(stderr.replace(/^compiling flatten\.tflite, mvp build …\n/, "")).toBe("");
  });

  dataTest("a refused model lists all its problems", async () => {
    const hybrid = dataPath("models/kws_ref_model_float32.tflite");
    const { code, errors } = await failure("inspect", hybrid);
    expect(code).toBe(1);
    expect(errors.length).toBeGreaterThan(5);
    expect(new Set(errors.map((error) => error.code))).toEqual(new Set(["MODEL_QUANT"]));
  });
});

const sumOf = (m: Record<string, number>): number =>
  [
    m.inputBytes,
    m.outputBytes,
    m.stateBytes,
    m.activationPeakBytes,
    m.scratchBytes,
    m.constantBytes,
  ]
    .map(Number)
    .reduce((a, b) => a + b);

describe("what is not a model", () => {
  test.each([
    ["an empty file", new Uint8Array()],
    ["text", Buffer.from("a model, honestly")],
    ["zeros", new Uint8Array(100)],
    ["only a magic number", Buffer.from("\0\0\0\0TFL3")],
    ["half a model", FLATTEN.subarray(0, FLATTEN.length >> 1)],
    ["an HDF5 signature", Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0)],
  ])("%s", async (name, bytes) => {
    expect(await failedWith("inspect", file(`${name}.tflite`, bytes))).toBe("MODEL_FORMAT 1");
  });

  test("no file, a folder, a file as a folder", async () => {
    for (const name of [path("nothing.tflite"), path(""), `${model}/x`]) {
      expect(await failedWith("run", name)).toBe("IO 1");
    }
  });

  test("the name does not matter", async () => {
    const disguised = file("flatten.wasm", FLATTEN);
    expect((await cli(["inspect", disguised])).code).toBe(0);
  });

  dataTest("options of layers have no effect on a spiking network, and that is said", async () => {
    const nir = dataPath("nir/01_lif/lif_norse.nir");
    const { stderr } = await cli(["run", nir, "--rounding", "single", "--steps", "1"]);
    expect(stderr).toContain("warning: --rounding: no effect");
    expect(await failedWith("run", nir, "--dump-layers", path("d"))).toBe("USAGE 2");
    expect(await failedWith("run", nir, "--samples", "2")).toBe("USAGE 2");
  });
});

describe("what is not a module", () => {
  test("every truncation has a code of its own kind", async () => {
    const bytes = readFileSync(await compiled("t.wasm"));
    const random = mulberry32(5);
    for (let k = 0; k < 25; k++) {
      const cut = 4 + Math.floor(random() * (bytes.length - 5));
      const broken = file("cut.wasm", bytes.subarray(0, cut));
      expect(await failedWith("run", broken)).toBe("MODULE_FORMAT 1");
      expect(await failedWith("inspect", broken)).toBe("MODULE_FORMAT 1");
    }
  });

  test("changed code is damage", async () => {
    const bytes = readFileSync(await compiled("t.wasm"));
    bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40);
    const broken = file("damaged.wasm", bytes);
    for (const verb of ["run", "inspect", "bench"]) {
      expect(["MODULE_DAMAGED 1", "MODULE_FORMAT 1"]).toContain(await failedWith(verb, broken));
    }
  });

  test("a self-test that another compiler wrote is damage", async () => {
    const bytes = readFileSync(await compiled("t.wasm"));
    const { manifest } = checkModule(bytes, sha256);
    const recorded = `"output":"${manifest.selfTest?.output}"`;
    const other = Buffer.from(manifest.selfTest?.output ?? "", "base64").map((byte) => byte ^ 1);
    const claimed = `"output":"${Buffer.from(other).toString("base64")}"`;
    bytes.write(claimed, bytes.indexOf(recorded));
    expect(await failedWith("run", file("liar.wasm", bytes))).toBe("MODULE_DAMAGED 1");
  });

  test("another ABI", async () => {
    const bytes = readFileSync(await compiled("t.wasm"));
    bytes.write('"schema":9', bytes.indexOf('"schema":1'));
    expect(await failedWith("run", file("future.wasm", bytes))).toBe("MODULE_ABI 1");
  });

  test("a module of somebody else", async () => {
    const other = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(await failedWith("run", file("other.wasm", other))).toBe("MODULE_FORMAT 1");
  });
});

describe("options against a given module", () => {
  test("a contradiction is USAGE, agreement is fine", async () => {
    const wasm = await compiled("k.wasm", "--rounding", "single");
    for (const option of [
      ["--rounding", "double"],
      ["--build", "simd"],
      ["--flavour", "dot"],
      ["--dt", "1e-3"],
      ["--no-self-test"],
      ["--keep-layers"],
    ]) {
      expect(await failedWith("run", wasm, ...option)).toBe("USAGE 2");
      expect(await failedWith("bench", wasm, ...option)).toBe("USAGE 2");
    }
    const agreed = await cliJson(["run", wasm, "--rounding", "single", "--build", "mvp"]);
    expect(agreed.document).toMatchObject({ rounding: "single", build: "mvp" });
  });
});

test("float32 edges are shown, and the operator indices are those of the file", async () => {
  const { document } = await cliJson(["inspect", file("f32.tflite", FLATTEN_F32)]);
  expect(document.inputs[0]).toMatchObject({ edge: "f32", dtype: "i8" });
  expect(document.nodes[0]).toMatchObject({ index: 1, kind: "RESHAPE" });
});

test("a graph as JSON runs like any model", async () => {
  const graph = file("graph.json", graphJson(flattenGraph()));
  const { document } = await cliJson(["run", graph, "--build", "mvp", "--samples", "3"]);
  const of = await cliJson(["run", model, "--build", "mvp", "--samples", "3"]);
  expect(document.outputs).toEqual(of.document.outputs);
  expect(await failedWith("run", file("bad.json", "{}"))).toBe("MODEL_FORMAT 1");
});
