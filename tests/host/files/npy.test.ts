/**
 * Arrays of NumPy: what it writes is read, what is written it reads. Where it is missing, bytes by its description of the
 * format (numpy.lib.format) take its place.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stepFormat } from "../../../host/files/spiking-output.ts";
import { graphJson } from "../../../host/importers/index.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { allToAll, li, network } from "../../../host/network/index.ts";
import { cli, cliJson, failedWith, failure } from "../../support/cli.ts";
import { BUILD, bytes, flattenFiles } from "../../support/flatten-files.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN_F32, TWO_PORTS } from "../../support/small-models.ts";

const { file, path, model, input } = flattenFiles();
const floats = file("floats.tflite", FLATTEN_F32);
const two = file("two.tflite", TWO_PORTS);

const python = (program: string, ...args: readonly string[]) =>
  spawnSync("python3", ["-c", `import sys\nimport numpy as np\n${program}`, ...args], {
    encoding: "utf8",
  });
const numpyTest = testUnless(
  python("").status === 0
    ? null
    : { reason: "no python3 with numpy", fix: "apt-get install python3-numpy" },
);

/** A file by the description of the format, with any dictionary and any bytes behind it. */
function npy(dictionary: string, data: Uint8Array, version = 1, minor = 0): Uint8Array {
  const lengthBytes = version === 1 ? 2 : 4;
  const pad = (64 - ((8 + lengthBytes + dictionary.length + 1) % 64)) % 64;
  const text = Buffer.from(`${dictionary}${" ".repeat(pad)}\n`);
  const head = Buffer.alloc(8 + lengthBytes);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, minor]);
  head.writeUIntLE(text.length, 8, lengthBytes);
  return Buffer.concat([head, text, data]);
}

const dictionary = (descr: string, shape: string, fortran = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

const run = (...args: readonly string[]) =>
  cliJson(["run", ...args.slice(0, 1), ...BUILD, ...args.slice(1)]);

describe("read like .bin", () => {
  test.each([1, 2, 3])(
    "version %i gives the outputs of the same bytes in .bin",
    async (version) => {
      const from = file(`v${version}.npy`, npy(dictionary("|i1", "(100, 6)"), bytes, version));
      const expected = await run(model, "--input", input);
      const { document } = await run(model, "--input", from);
      expect(document.samples).toBe(100);
      expect(document.outputs).toEqual(expected.document.outputs);
    },
  );

  test.each([
    ["the network's own shape", "(50, 1, 2, 3)"],
    ["without its batch", "(50, 2, 3)"],
    ["rows of all elements", "(50, 6)"],
    ["no axes at all", "(300,)"],
    ["blanks and the numbers of Python 2", "( 50L,6L , )"],
  ])("%s", async (_, shape) => {
    const from = file("shape.npy", npy(dictionary("|i1", shape), bytes.subarray(0, 300)));
    const { document } = await run(model, "--input", from);
    expect(document.samples).toBe(50);
    expect(document.outputs[49]).toEqual([...new Int8Array(bytes.buffer, 294, 6)]);
  });

  test("one inference alone, keys in another order, double quotes", async () => {
    const text = `{"shape": (2, 3), "fortran_order": False, "descr": "<i1"}`;
    const { document } = await run(
      model,
      "--input",
      file("one.npy", npy(text, bytes.subarray(0, 6))),
    );
    expect(document.outputs).toEqual([[...new Int8Array(bytes.buffer, 0, 6)]]);
  });

  test("a pipe", async () => {
    const name = path("pipe.npy");
    spawnSync("mkfifo", [name]);
    const whole = file("whole.npy", npy(dictionary("|i1", "(100, 6)"), bytes));
    spawnSync("sh", ["-c", `cat ${whole} > ${name} &`], { stdio: "ignore" });
    const { document } = await run(model, "--input", name);
    expect(document.samples).toBe(100);
  });

  test("counts of spikes are uint8, a row for each step", async () => {
    const counts = Uint8Array.from({ length: 30 }, (_, k) => k % 2);
    const args = ["net:perceptron", "--input"];
    const from = file("spikes.npy", npy(dictionary("|u1", "(10, 3)"), counts));
    const { document } = await cliJson(["run", ...args, from]);
    const binary = await cliJson(["run", ...args, file("spikes.bin", counts)]);
    expect(document.steps).toBe(10);
    expect(document.outputs).toEqual(binary.document.outputs);
    expect(document.counters).toEqual(binary.document.counters);
  });
});

describe("refused", () => {
  const good = npy(dictionary("|i1", "(2, 6)"), bytes.subarray(0, 12));
  const withDictionary = (text: string) => npy(text, bytes.subarray(0, 12));
  const of = (descr: string, shape: string, fortran?: string) =>
    withDictionary(dictionary(descr, shape, fortran));
  test.each([
    ["Fortran order", of("|i1", "(2, 6)", "True"), "INPUT_FORMAT 1"],
    ["float64", of("<f8", "(2, 6)"), "INPUT_FORMAT 1"],
    ["the other byte order", of(">f4", "(1, 3)"), "INPUT_FORMAT 1"],
    ["uint8, where the edge is int8", of("|u1", "(2, 6)"), "INPUT_FORMAT 1"],
    [
      "records",
      withDictionary("{'descr': [('a', '|i1')], 'fortran_order': False, 'shape': (12,), }"),
      "INPUT_FORMAT 1",
    ],
    ["no order", withDictionary("{'descr': '|i1', 'shape': (2, 6), }"), "INPUT_FORMAT 1"],
    [
      "a key twice",
      withDictionary("{'descr': '|i1', 'descr': '|i1', 'fortran_order': False, 'shape': (2, 6)}"),
      "INPUT_FORMAT 1",
    ],
    ["an axis below 0", of("|i1", "(-2, -6)"), "INPUT_FORMAT 1"],
    ["blanks inside of an axis", of("|i1", `(2${" ".repeat(60_000)}6)`), "INPUT_FORMAT 1"],
    ["no dictionary", withDictionary("numpy"), "INPUT_FORMAT 1"],
    ["version 4", npy(dictionary("|i1", "(2, 6)"), bytes.subarray(0, 12), 4), "INPUT_FORMAT 1"],
    [
      "version 1.1",
      npy(dictionary("|i1", "(2, 6)"), bytes.subarray(0, 12), 1, 1),
      "INPUT_FORMAT 1",
    ],
    ["text", Buffer.from("1,2,3\n"), "INPUT_FORMAT 1"],
    [
      "a head without an end",
      Buffer.from([...good.subarray(0, 6), 2, 0, 255, 255, 255, 255, 1]),
      "INPUT_FORMAT 1",
    ],
    ["more rows than there are", of("|i1", "(3, 6)"), "INPUT_SIZE 1"],
    ["fewer rows than there are", of("|i1", "(1, 6)"), "INPUT_SIZE 1"],
    [
      "more elements than a number holds",
      of("|i1", "(999999999999999, 999999999999999)"),
      "INPUT_SIZE 1",
    ],
    ["no rows", npy(dictionary("|i1", "(0, 6)"), new Uint8Array(0)), "INPUT_SIZE 1"],
    ["rows and columns exchanged", of("|i1", "(6, 2)"), "INPUT_SIZE 1"],
    ["axes exchanged", of("|i1", "(2, 3, 2)"), "INPUT_SIZE 1"],
    [
      "rows that are not whole",
      npy(dictionary("|i1", "(13,)"), bytes.subarray(0, 13)),
      "INPUT_SIZE 1",
    ],
    ["an empty file", new Uint8Array(0), "INPUT_SIZE 1"],
  ])("%s", async (_, content, code) => {
    expect(await failedWith("run", model, ...BUILD, "--input", file("bad.npy", content))).toBe(
      code,
    );
  });

  test("cut at every byte", async () => {
    for (let length = 0; length < good.length; length++) {
      const from = file("cut.npy", good.subarray(0, length));
      const { code, errors } = await failure("run", model, ...BUILD, "--input", from);
      expect([code, errors.map((error) => error.code), length]).toEqual([
        1,
        ["INPUT_SIZE"],
        length,
      ]);
    }
  });

  test("several types at once", () => {
    const value = { name: "out", shape: [2], dtype: "i32", edge: "value", scale: 1, zeroPoint: 0 };
    const tensors = [value, { ...value, dtype: "u8", edge: "spike" }] as ManifestTensor[];
    expect(() => stepFormat("x.npy", tensors)).toThrow(/^USAGE: --output/);
  });

  test.each([
    ["not a number", Number.NaN, "NaN"],
    ["without an end", Number.POSITIVE_INFINITY, "Infinity"],
    ["beyond the range of the input", 1e30, String(Math.fround(1e30))],
  ])("a value that is %s, with its place", async (_, wrong, got) => {
    const rows = Float32Array.of(0, 1, 2, 3, wrong, 5);
    const from = file("wrong.npy", npy(dictionary("<f4", "(2, 3)"), new Uint8Array(rows.buffer)));
    const args = ["run", "net:perceptron", "--input-kind", "values", "--input", from];
    const [error] = (await failure(...args)).errors;
    expect(error).toMatchObject({ code: "INPUT_FORMAT", where: `${from}: row 2, value 2`, got });
  });
});

describe("real numbers of values and samples, as in csv", () => {
  const floatsOf = (rows: readonly (readonly number[])[], name: string) => {
    const array = Float32Array.from(rows.flat());
    const head = dictionary("<f4", `(${rows.length}, ${rows[0]?.length})`);
    return file(`${name}.npy`, npy(head, new Uint8Array(array.buffer)));
  };
  const csvOf = (rows: readonly (readonly number[])[], name: string) =>
    file(`${name}.csv`, `${rows.map((row) => row.join(",")).join("\n")}\n`);

  test("into a network that takes values, and out of one that gives them", async () => {
    const net = network({ name: "leaky", dtSeconds: 1 / 128, inputKind: "values" });
    const input = net.input("in", 3);
    const leaky = net.population("leaky", 2, li({ tau: 1 / 16, r: 1 }));
    net.project(input, leaky, { connect: allToAll(), weight: 0.5 });
    net.output("out", leaky);
    const graph = file("leaky.json", graphJson(net.graph()));
    // float32 without a rest, so that both files say the same
    const rows = Array.from({ length: 40 }, (_, k) => [k / 8, -k / 4, (k % 5) / 2]);
    const read = async (from: string, to: string) =>
      (await run(graph, "--input", from, "--output", path(to))).document;
    const document = await read(floatsOf(rows, "values"), "out.csv");
    const same = await read(csvOf(rows, "values"), "values.npy");
    expect([document.steps, document.outputs]).toEqual([40, same.outputs]);
    const csv = readFileSync(path("out.csv"), "utf8").trim().split("\n");
    const written = readFileSync(path("values.npy"));
    expect(written.toString("latin1")).toContain(
      "'descr': '<f4', 'fortran_order': False, 'shape': (40, 2), ",
    );
    const numbers = new Float32Array(new Uint8Array(written.subarray(-40 * 2 * 4)).buffer);
    expect([...numbers]).toEqual(
      csv.flatMap((line) => line.split(",").map(Number)).map(Math.fround),
    );
    expect(new Set(numbers).size).toBeGreaterThan(20);

    const again = ["run", graph, "--input", csvOf(rows, "values"), "--expect"];
    expect((await cli([...again, path("values.npy")])).code).toBe(0);
    written.writeUInt8(written[written.length - 1] === 0 ? 1 : 0, written.length - 1);
    const other = await cliJson([...again, file("other.npy", written)]);
    expect([other.code, other.document.errors[0].code]).toEqual([1, "EXPECTATION"]);
  });

  test("values by hand: eighths and halves of the integers", () => {
    const value = { name: "out", shape: [3], dtype: "i32", edge: "value", zeroPoint: 0 };
    const format = stepFormat("x.npy", [{ ...value, scale: 1 / 8 } as ManifestTensor]);
    const row = format(new Uint8Array(Int32Array.of(8, -4, 2 ** 30).buffer), 0);
    expect([...new Float32Array((row as Uint8Array).buffer)]).toEqual([1, -0.5, 2 ** 27]);
  });

  test("samples of a front end", async () => {
    const rows = [0, 1].map((k) =>
      Array.from({ length: 512 }, (_, n) => ((n * (k + 3)) % 64) / 8 - 4),
    );
    const outputs = async (from: string) =>
      (await run("net:demo-int8", "--input", from)).document.outputs;
    const both = [await outputs(floatsOf(rows, "samples")), await outputs(csvOf(rows, "samples"))];
    expect(both[0]).toHaveLength(2);
    expect(both[0]).toEqual(both[1]);
  });
});

describe("written like .bin", () => {
  test("by the description of the format: aligned, the count of rows at its place, the bytes of .bin", async () => {
    await run(model, "--input", input, "--output", path("out.npy"));
    const written = readFileSync(path("out.npy"));
    const offset = 10 + written.readUInt16LE(8);
    expect(written.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
    expect([offset % 64, written[offset - 1]]).toEqual([0, 10]);
    expect(written.subarray(10, offset).toString("latin1").trim()).toBe(
      dictionary("|i1", "(100, 6)"),
    );
    expect(new Uint8Array(written.subarray(offset))).toEqual(bytes);
    // and back
    await run(model, "--input", path("out.npy"), "--output", path("again.bin"));
    expect(new Uint8Array(readFileSync(path("again.bin")))).toEqual(bytes);
  });

  test("several tensors are rows of all their elements", async () => {
    const ten = file("ten.npy", npy(dictionary("|i1", "(2, 5)"), bytes.subarray(0, 10)));
    await run(two, "--input", ten, "--output", path("two.npy"));
    const written = readFileSync(path("two.npy"));
    expect(written.toString("latin1")).toContain("'shape': (2, 5), ");
    expect(new Uint8Array(written.subarray(-10))).toEqual(bytes.subarray(0, 10));
  });

  test("a pipe has no beginning to come back to, and nothing stays behind", async () => {
    spawnSync("mkfifo", [path("out-pipe.npy")]);
    const before = readdirSync(path(".")).sort();
    // opened for both, so that nothing waits for a reader
    const end = openSync(path("out-pipe.npy"), constants.O_RDWR);
    const args = ["run", model, ...BUILD, "--input", input];
    expect(await failedWith(...args, "--output", path("out-pipe.npy"))).toBe("IO 1");
    closeSync(end);
    expect(readdirSync(path(".")).sort()).toEqual(before);
  });

  numpyTest("NumPy reads it, and what NumPy writes gives the same bytes", async () => {
    const wrote = python(
      `r = np.frombuffer(open(sys.argv[1], "rb").read(), np.int8).reshape(100, 1, 2, 3)
np.save(sys.argv[2], r)
np.lib.format.write_array(open(sys.argv[3], "wb"), r[:, 0], version=(2, 0))
np.save(sys.argv[4], np.asarray([[0, .25, -.25, 63.5, -64, 1000]], np.float32))
np.save(sys.argv[5], np.asfortranarray(r.reshape(100, 6)))
np.save(sys.argv[6], r.reshape(100, 6).astype(np.float64))`,
      ...[input, "one.npy", "two.npy", "reals.npy", "fortran.npy", "double.npy"].map((name) =>
        name === input ? name : path(name),
      ),
    );
    expect(wrote.stderr).toBe("");
    for (const name of ["one.npy", "two.npy"]) {
      await run(model, "--input", path(name), "--output", path(`back-${name}`));
      expect((await run(model, "--input", input, "--expect", path(`back-${name}`))).code).toBe(0);
    }
    await run(floats, "--input", path("reals.npy"), "--output", path("back-reals.npy"));
    const read = python(
      `for name in sys.argv[1:]:
  a = np.load(name, allow_pickle=False)
  print(a.dtype.str, a.shape, a.flags["C_CONTIGUOUS"], a.ravel()[:6].tolist())`,
      ...["back-one.npy", "back-two.npy", "back-reals.npy"].map(path),
    );
    const first = [...new Int8Array(bytes.buffer, 0, 6)].join(", ");
    expect(read.stdout.trim().split("\n")).toEqual([
      `|i1 (100, 6) True [${first}]`,
      `|i1 (100, 6) True [${first}]`,
      // scale ½: half away from zero, held at its ends
      "<f4 (1, 6) True [0.0, 0.5, -0.5, 63.5, -64.0, 63.5]",
    ]);
    for (const name of ["fortran.npy", "double.npy"]) {
      expect(await failedWith("run", model, ...BUILD, "--input", path(name))).toBe(
        "INPUT_FORMAT 1",
      );
    }
  });
});

describe("--expect", () => {
  const expecting = (content: Uint8Array) =>
    cli(["run", model, ...BUILD, "--input", input, "--expect", file("expected.npy", content)]);
  const whole = dictionary("|i1", "(100, 6)");

  test("equal, different in one element, too short, of another type and shape", async () => {
    expect((await expecting(npy(whole, bytes))).code).toBe(0);
    const other = bytes.slice();
    other[6 * 41 + 2] = Number(other[6 * 41 + 2]) ^ 1;
    const { code, stderr } = await expecting(npy(whole, other));
    expect([code, stderr]).toEqual([1, expect.stringContaining("sample 41, output 2")]);
    const short = await expecting(npy(dictionary("|i1", "(99, 6)"), bytes.subarray(0, 594)));
    expect(short.stderr).toMatch(/EXPECTATION.*sample 99/);
    expect((await expecting(npy(dictionary("|u1", "(100, 6)"), bytes))).stderr).toMatch(
      /INPUT_FORMAT/,
    );
    expect((await expecting(npy(dictionary("|i1", "(6, 100)"), bytes))).stderr).toMatch(
      /INPUT_SIZE/,
    );
    expect((await expecting(npy(whole, bytes.subarray(1)))).stderr).toMatch(/INPUT_SIZE/);
  });
});

describe(".npy of spikes", () => {
  const counts = Uint8Array.from({ length: 30 }, (_, k) => k % 2);
  const perceptron = (descr: string, data: Uint8Array) =>
    [
      "run",
      "net:perceptron",
      "--input",
      file("s.npy", npy(dictionary(descr, "(10, 3)"), data)),
    ] as const;

  test("a bool is a spike", async () => {
    const asBool = await cliJson(perceptron("|b1", counts));
    const asCounts = await cliJson(perceptron("|u1", counts));
    expect(asBool.document.outputs).toEqual(asCounts.document.outputs);
    expect(asBool.document.counters).toEqual(asCounts.document.counters);
  });

  test("another type is answered with what this edge takes, and no other", async () => {
    const { errors } = await failure(...perceptron("<f8", new Uint8Array(240)));
    expect(errors[0]).toMatchObject({
      got: "elements of type float64 (<f8)",
      expected: "uint8 (|u1) or bool (|b1), as the network's edge is",
    });
    expect(errors[0]?.remedy).toContain("astype(numpy.uint8)");
  });
});
