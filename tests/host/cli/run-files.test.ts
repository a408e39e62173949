/** `run`: files in and out, and what happens when something is wrong with them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith, failure } from "../../support/cli.ts";
import { BUILD, bytes, flattenFiles } from "../../support/flatten-files.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN_F32, TWO_PORTS } from "../../support/small-models.ts";

const { file, path, model, input } = flattenFiles();
const floats = file("floats.tflite", FLATTEN_F32);
const two = file("two.tflite", TWO_PORTS);

const deviceTest = testUnless(
  existsSync("/dev/full") ? null : { reason: "no /dev/full", fix: "run on Linux" },
);

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

test("the output never replaces the input", async () => {
  const both = file("both.bin", new Uint8Array(12));
  const args = ["run", model, ...BUILD, "--input", both, "--output", both];
  expect(await failedWith(...args)).toBe("USAGE 2");
  expect(statSync(both).size).toBe(12);
});

test("a layered network is not offered files of events", async () => {
  const { errors } = await failure("run", model, ...BUILD, "--input", "/dev/null");
  expect(JSON.stringify(errors)).not.toContain(".events.csv");
  expect(await failedWith("run", model, ...BUILD, "--input", "/dev/null")).toBe("INPUT_FORMAT 1");
});
