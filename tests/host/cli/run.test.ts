/** `run`: files in and out, labels, dumps, limits, and what happens when something is wrong with them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest, readData } from "../../support/data.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN, FLATTEN_F32, TWO_PORTS } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
/** six bytes through, scale ½ */
const model = file("flatten.tflite", FLATTEN);
const floats = file("floats.tflite", FLATTEN_F32);
const two = file("two.tflite", TWO_PORTS);
/** shares one compilation between the tests */
const BUILD = ["--build", "mvp"] as const;

const deviceTest = testUnless(
  existsSync("/dev/full") ? null : { reason: "no /dev/full", fix: "run on Linux" },
);

const random = mulberry32(11);
const bytes = Uint8Array.from({ length: 600 }, () => Math.floor(random() * 256));
const input = file("in.bin", bytes);

describe("the document", () => {
  test("has the fields of the contract", async () => {
    const { document } = await cliJson(["run", model, ...BUILD, "--input", input]);
    expect(Object.keys(document).sort()).toEqual(
      [
        ..."schema verb ok warnings model target build rounding samples steps outputs".split(" "),
        ..."accuracy latency counters energy energyMissing".split(" "),
      ].sort(),
    );
    expect(document).toMatchObject({
      model: "flatten.tflite",
      target: "local",
      build: "mvp",
      rounding: "double",
      samples: 100,
      steps: 100,
      accuracy: null,
      counters: { steps: 100, spikes: 0, synapticEvents: 0, saturations: 0 },
      energy: null,
      energyMissing: { reason: expect.any(String), remedy: expect.any(String) },
    });
    const { n, minUs, p10Us, p50Us, p90Us, p99Us, maxUs } = document.latency;
    expect(n).toBe(100);
    const ascending = [0, minUs, p10Us, p50Us, p90Us, p99Us, maxUs];
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
  });

  test("the build is simd for the local target", async () => {
    expect((await cliJson(["run", model, "--samples", "1"])).document.build).toBe("simd");
  });

  test("rows end at 100, samples do not", async () => {
    const many = file("many.bin", new Uint8Array(6 * 250));
    const { document } = await cliJson(["run", model, ...BUILD, "--input", many]);
    expect([document.samples, document.outputs.length]).toEqual([250, 100]);
  });

  test("an estimate that was asked for carries its bounds and its tag", async () => {
    const args = ["run", model, ...BUILD, "--meter", "estimate:x86-server"];
    const { document, stderr } = await cliJson(args);
    const { energy } = document;
    expect(energy).toMatchObject({ meter: "estimate:x86-server", quality: "estimated" });
    expect(energy.joulesPerInference.low).toBeLessThan(energy.joulesPerInference.high);
    expect(energy.brain.watts).toBe(20);
    expect(document.energyMissing).toBeUndefined();
    expect(stderr).toContain("warning: the work lasted");
    const { stdout } = await cli(args);
    expect(stdout).toMatch(/per inference\n.*estimated/);
    expect(stdout).toMatch(/20 W: [\d.]+ % … [\d.]+ %/);
  });

  test("the text says why there is no energy, and what would give it", async () => {
    const { stdout, stderr } = await cli(["run", model, ...BUILD]);
    expect(stdout).toMatch(/no figure: no meter was named/);
    expect(stdout).toContain("--meter estimate");
    expect(stdout).toMatch(/min +p10 +p50 +p90 +p99 +max\n/);
    expect(stderr).toBe("");
  });
});

describe(".bin", () => {
  test("int8 in, int8 out, inferences back to back", async () => {
    const args = ["run", model, ...BUILD, "--input", input, "--output", path("out.bin")];
    const { document } = await cliJson(args);
    expect(new Uint8Array(readFileSync(path("out.bin")))).toEqual(bytes);
    expect(document.outputs[0]).toEqual([...new Int8Array(bytes.buffer, 0, 6)]);
  });

  test("float32 where the model's edge is float", async () => {
    const reals = Float32Array.of(0, 0.25, -0.25, 63.5, -64, 1000, 0.1, 0.74, 0.75, -1e9, 3, -3);
    const from = file("reals.bin", new Uint8Array(reals.buffer));
    const args = ["run", floats, ...BUILD, "--input", from, "--output", path("reals-out.bin")];
    const { document } = await cliJson(args);
    const back = readFileSync(path("reals-out.bin"));
    expect(back.length).toBe(48);
    const values = Array.from({ length: 12 }, (_, k) => back.readFloatLE(4 * k));
    // scale ½: half away from zero, saturated at −64 and 63.5
    expect(values).toEqual([0, 0.5, -0.5, 63.5, -64, 63.5, 0, 0.5, 1, -64, 3, -3]);
    expect(document.outputs).toEqual([values.slice(0, 6), values.slice(6)]);
  });

  test.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
  ])("%s is no input", async (_, value) => {
    const reals = new Float32Array(12).fill(value, 8, 9);
    const from = file("nan.bin", new Uint8Array(reals.buffer));
    expect(await failedWith("run", floats, ...BUILD, "--input", from)).toBe("INPUT_FORMAT 1");
  });

  test("several tensors: one after the other, in graph order", async () => {
    const args = ["run", two, ...BUILD, "--input", file("ten.bin", bytes.subarray(0, 10))];
    const { document } = await cliJson([...args, "--output", path("ten-out.bin")]);
    expect(document.samples).toBe(2);
    expect(new Uint8Array(readFileSync(path("ten-out.bin")))).toEqual(bytes.subarray(0, 10));
  });

  test.each([0, 1, 5, 7, 605])("%i bytes are not whole inputs of 6", async (length) => {
    const from = file("odd.bin", new Uint8Array(length));
    expect(await failedWith("run", model, ...BUILD, "--input", from)).toBe("INPUT_SIZE 1");
  });
});

describe(".csv", () => {
  test("what run writes it reads back to the same bytes", async () => {
    await cli(["run", model, ...BUILD, "--input", input, "--output", path("out.csv")]);
    const text = readFileSync(path("out.csv"), "utf8");
    expect(text.split("\n")[0]).toBe(
      [...new Int8Array(bytes.buffer, 0, 6)].map((q) => q / 2).join(),
    );
    await cli(["run", model, ...BUILD, "--input", path("out.csv"), "--output", path("back.bin")]);
    expect(new Uint8Array(readFileSync(path("back.bin")))).toEqual(bytes);
  });

  test("line ends of all systems, a missing last one, a byte order mark, spaces", async () => {
    const row = "0.5, -1 ,+1.5,2e0,.5,-64";
    for (const text of [row, `${row}\n`, `${row}\r\n`, `\ufeff${row}\n`, `${row}\n\n\n`]) {
      const from = file("ends.csv", text);
      const { document } = await cliJson(["run", model, ...BUILD, "--input", from]);
      expect(document.outputs).toEqual([[1, -2, 3, 4, 1, -128]]);
    }
  });

  test.each([
    ["too few values", "1,2,3,4,5", "INPUT_SIZE 1"],
    ["too many values", "1,2,3,4,5,6,7", "INPUT_SIZE 1"],
    ["an empty file", "", "INPUT_SIZE 1"],
    ["only a line end", "\n", "INPUT_SIZE 1"],
    ["a header", "a,b,c,d,e,f\n1,2,3,4,5,6", "INPUT_FORMAT 1"],
    ["an empty cell", "1,2,,4,5,6", "INPUT_FORMAT 1"],
    ["quotes", '"1",2,3,4,5,6', "INPUT_FORMAT 1"],
    ["hexadecimal", "0x10,2,3,4,5,6", "INPUT_FORMAT 1"],
    ["NaN", "NaN,2,3,4,5,6", "INPUT_FORMAT 1"],
    ["infinity", "1e999,2,3,4,5,6", "INPUT_FORMAT 1"],
    ["a hole", "1,2,3,4,5,6\n\n1,2,3,4,5,6", "INPUT_FORMAT 1"],
    ["an endless line", "1,".repeat(100_000), "INPUT_FORMAT 1"],
  ])("%s", async (_, text, expected) => {
    const from = file("bad.csv", text);
    expect(await failedWith("run", model, ...BUILD, "--input", from)).toBe(expected);
  });
});

describe("inputs that are not there", () => {
  test("no file, a folder", async () => {
    mkdirSync(path("folder.bin"), { recursive: true });
    for (const from of [path("none.bin"), path("none.csv"), path("folder.bin")]) {
      expect(await failedWith("run", model, ...BUILD, "--input", from)).toBe("IO 1");
    }
  });

  test("other extensions and spikes", async () => {
    for (const name of ["x.txt", "x.events.csv", "x"]) {
      const from = file(name, "0,1\n");
      expect(await failedWith("run", model, ...BUILD, "--input", from)).toBe("INPUT_FORMAT 1");
    }
  });
});

describe("noise", () => {
  test("is seeded, and as many as asked for", async () => {
    const outputs = async (...more: string[]) =>
      (await cliJson(["run", model, ...BUILD, ...more])).document.outputs;
    const first = await outputs("--samples", "5");
    expect(first).toHaveLength(5);
    expect(await outputs("--samples", "5", "--seed", "1")).toEqual(first);
    expect(await outputs("--samples", "5", "--seed", "2")).not.toEqual(first);
    expect(await outputs()).toHaveLength(100);
  });

  test("--seed beside --input is a warning", async () => {
    const args = ["run", model, ...BUILD, "--input", input, "--seed", "3"];
    expect((await cliJson(args)).document.warnings).toHaveLength(1);
  });
});

describe("--samples", () => {
  test("limits", async () => {
    const args = ["run", model, ...BUILD, "--input", input, "--output", path("first.bin")];
    const { document } = await cliJson([...args, "--samples", "7"]);
    expect(document.samples).toBe(7);
    expect(document.warnings).toEqual([]);
    expect(new Uint8Array(readFileSync(path("first.bin")))).toEqual(bytes.subarray(0, 42));
  });

  test("more than there are is a warning", async () => {
    const { document } = await cliJson([
      ...["run", model, ...BUILD, "--input", input, "--samples", "1000"],
    ]);
    expect(document.samples).toBe(100);
    expect(document.warnings).toHaveLength(1);
  });
});

describe("--labels and --classes", () => {
  const labelled = ["run", model, ...BUILD, "--input", input, "--labels"] as const;
  const best = Array.from({ length: 100 }, (_, k) => {
    const row = [...new Int8Array(bytes.buffer, 6 * k, 6)];
    return row.indexOf(Math.max(...row));
  });

  test("both forms give the same accuracy", async () => {
    const wrong = best.map((label, k) => (k % 4 === 0 ? (label + 1) % 6 : label));
    const plain = file("plain.txt", wrong.join("\n"));
    const rows = file("rows.csv", wrong.map((label, k) => `a,b_${k}.wav,6,${label}\r\n`).join(""));
    for (const name of [plain, rows]) {
      const { document } = await cliJson([...labelled, name]);
      expect(document.accuracy).toEqual({ correct: 75, total: 100 });
    }
    expect((await cli([...labelled, plain])).stdout).toContain("75 of 100 correct, 75.0 %");
  });

  test.each([
    ["too few", "0\n1\n", "INPUT_SIZE 1"],
    ["none", "", "INPUT_SIZE 1"],
    ["words", "zero\n".repeat(100), "INPUT_FORMAT 1"],
    ["negative", "-1\n".repeat(100), "INPUT_FORMAT 1"],
    ["a class there is not", "6\n".repeat(100), "INPUT_FORMAT 1"],
    ["a hole", `0\n\n${"0\n".repeat(99)}`, "INPUT_FORMAT 1"],
    ["mixed forms", `0\na,6,0\n${"0\n".repeat(98)}`, "INPUT_FORMAT 1"],
    ["another number of classes", "a,12,0\n".repeat(100), "INPUT_FORMAT 1"],
    ["two columns", "a,0\n".repeat(100), "INPUT_FORMAT 1"],
  ])("%s", async (_, text, expected) => {
    expect(await failedWith(...labelled, file("bad.txt", text))).toBe(expected);
  });

  test("too few for a csv, whose length is known at the end", async () => {
    const from = file("three.csv", "1,2,3,4,5,6\n".repeat(3));
    const args = ["run", model, ...BUILD, "--input", from, "--labels", file("two.txt", "5\n5")];
    expect(await failedWith(...args, "--output", path("never.bin"))).toBe("INPUT_SIZE 1");
    expect(existsSync(path("never.bin"))).toBe(false);
    const { document } = await cliJson([...args, "--samples", "2"]);
    expect(document.accuracy).toEqual({ correct: 2, total: 2 });
  });

  test("more than samples is a warning", async () => {
    const { document } = await cliJson([...labelled, file("long.txt", "0\n".repeat(200))]);
    expect(document.warnings).toHaveLength(1);
  });

  test("classes name the decisions", async () => {
    const names = file("names.txt", "ant\nbee\ncat\ndog\nelk\nfox\n");
    const { stdout } = await cli(["run", model, ...BUILD, "--input", input, "--classes", names]);
    const name = ["ant", "bee", "cat", "dog", "elk", "fox"][best[0] ?? 0];
    expect(stdout).toMatch(new RegExp(`results +0 +${name} `));
    expect(await failedWith("run", model, ...BUILD, "--classes", file("n.txt", "a\nb"))).toBe(
      "INPUT_SIZE 1",
    );
  });
});

describe("--dump-layers", () => {
  test("of a model, and of a module that kept its layers", async () => {
    await cli(["compile", model, "--keep-layers", "-o", path("kept.wasm")]);
    for (const [name, shape] of [
      [model, [1, 6]],
      [path("kept.wasm"), [6]],
    ] as const) {
      const folder = path("dump/deep");
      const args = ["run", name, "--input", input, "--dump-layers", folder];
      expect((await cliJson(args)).code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual([
        "index.json",
        "input.i8.bin",
        "op00_RESHAPE.i8.bin",
      ]);
      const layer = readFileSync(`${folder}/op00_RESHAPE.i8.bin`);
      expect(new Uint8Array(layer)).toEqual(bytes.subarray(0, 6));
      expect(JSON.parse(readFileSync(`${folder}/index.json`, "utf8"))).toEqual({
        model: "flatten.tflite",
        rounding: "double",
        ops: [
          {
            op: 0,
            kind: "RESHAPE",
            shape,
            file: "op00_RESHAPE.i8.bin",
            sum: [...new Int8Array(bytes.buffer, 0, 6)].reduce((a, b) => a + b),
          },
        ],
      });
    }
  });

  test("a module without its layers, a file in the way", async () => {
    await cli(["compile", model, "-o", path("shared.wasm")]);
    const args = ["--dump-layers", path("nowhere")];
    expect(await failedWith("run", path("shared.wasm"), ...args)).toBe("USAGE 2");
    expect(existsSync(path("nowhere"))).toBe(false);
    expect(await failedWith("run", model, "--dump-layers", file("in-the-way", ""))).toBe("IO 1");
  });
});

describe("outputs", () => {
  test("a failure leaves no file, whole or in parts", async () => {
    mkdirSync(path("clean"), { recursive: true });
    const from = file("breaks.csv", `${"1,2,3,4,5,6\n".repeat(50)}1,2,3\n`);
    const args = ["run", model, ...BUILD, "--input", from, "--output", path("clean/out.bin")];
    expect(await failedWith(...args)).toBe("INPUT_SIZE 1");
    expect(readdirSync(path("clean"))).toEqual([]);
  });

  deviceTest("a full device", async () => {
    // the name decides the form: a link that ends in .bin
    symlinkSync("/dev/full", path("full.bin"));
    const args = ["run", model, ...BUILD, "--input", input, "--output", path("full.bin")];
    expect(await failedWith(...args)).toBe("IO 1");
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  test("over the input itself", async () => {
    const both = file("both.bin", bytes);
    await cli(["run", model, ...BUILD, "--input", both, "--output", both]);
    expect(new Uint8Array(readFileSync(both))).toEqual(bytes);
  });
});

test("a module gives the outputs of its model", async () => {
  await cli(["compile", model, "-o", path("same.wasm")]);
  const [of, from] = [
    await cliJson(["run", path("same.wasm"), "--input", input]),
    await cliJson(["run", model, ...BUILD, "--input", input]),
  ];
  expect(of.document.outputs).toEqual(from.document.outputs);
  expect(of.document.counters).toEqual(from.document.counters);
});

test("the second run compiles nothing", async () => {
  const fresh = file("fresh.tflite", FLATTEN); // another name: another manifest
  const args = ["run", fresh, ...BUILD, "--samples", "1"];
  expect((await cli(args)).stderr).toContain("compiling fresh.tflite");
  expect((await cli(args)).stderr).toBe("");
});

test("SIGINT ends with the summary so far, and the output so far", async () => {
  const stop = new AbortController();
  const many = file("lots.bin", new Uint8Array(6 * 2_000_000));
  const running = cliJson(["run", model, ...BUILD, "--input", many, "--output", path("part.bin")], {
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(), 300);
  const { code, document } = await running;
  expect(code).toBe(130);
  expect(document.samples).toBeLessThan(2_000_000);
  expect(document.warnings).toEqual([expect.stringContaining("interrupted after")]);
  expect(statSync(path("part.bin")).size).toBe(6 * document.samples);
});

test("the output never replaces the input", async () => {
  const both = file("both.bin", new Uint8Array(12));
  const args = ["run", model, ...BUILD, "--input", both, "--output", both];
  expect(await failedWith(...args)).toBe("USAGE 2");
  expect(statSync(both).size).toBe(12);
});

test("SIGINT before the first result leaves the output file as it was", async () => {
  const stop = AbortSignal.abort();
  const kept = file("kept.bin", new Uint8Array([1, 2, 3]));
  const args = ["run", model, ...BUILD, "--output", kept];
  const { code, document } = await cliJson(args, { signal: stop });
  expect([code, document.samples]).toEqual([130, 0]);
  expect([...readFileSync(kept)]).toEqual([1, 2, 3]);
});

describe("real models", () => {
  const kws = dataPath("models/kws_ref_model.tflite");
  const samples = dataPath("kws01/inputs_500x490.i8.bin");

  dataTest("keyword spotting: outputs and accuracy, both roundings", async () => {
    for (const rounding of ["double", "single"]) {
      const { document } = await cliJson([
        ...["run", kws, ...BUILD, "--rounding", rounding, "--input", samples],
        ...["--labels", dataPath("kws01/y_labels_500.csv"), "--output", path("kws.bin")],
      ]);
      expect(document).toMatchObject({ samples: 500, accuracy: { correct: 449, total: 500 } });
      const expected = readData(`kws01/expected_500x12.${rounding}_rounding.i8.bin`);
      expect(new Uint8Array(readFileSync(path("kws.bin")))).toEqual(expected);
    }
  });

  for (const [name, recorded] of [
    ["kws_ref_model", "kws_tst_000000_Stop_7"],
    ["ad01_int8", "ad_window0"],
    ["str_ww_ref_model", "sww_calib0"],
  ]) {
    dataTest(`${name}: the dump equals the recorded one, file by file`, async () => {
      const folder = dataPath(`layers/${recorded}`);
      const to = path(`dump-${recorded}`);
      const args = ["--input", `${folder}/input.i8.bin`, "--dump-layers", to];
      const { code } = await cliJson(["run", dataPath(`models/${name}.tflite`), ...BUILD, ...args]);
      expect(code).toBe(0);
      expect(readdirSync(to).sort()).toEqual(readdirSync(folder).sort());
      for (const one of readdirSync(folder)) {
        expect([one, readFileSync(join(to, one))]).toEqual([one, readFileSync(join(folder, one))]);
      }
    });
  }
});
