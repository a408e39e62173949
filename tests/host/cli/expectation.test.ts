/** --expect and --min-accuracy: what a script that checks a model relies on. The network passes its input through. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN, FLATTEN_F32 } from "../../support/small-models.ts";

const { path, file } = folderOfFiles();
const model = file("flatten.tflite", FLATTEN);
const BUILD = ["--build", "mvp"];
const rows = Uint8Array.from([...[1, 2, 3, 4, 5, 6], ...[255, 254, 253, 252, 251, 250]]);
const input = file("input.bin", rows);

const changed = (at: number, value: number): Uint8Array => {
  const copy = rows.slice();
  copy[at] = value;
  return copy;
};

async function expecting(expected: string | Uint8Array, name = "expected.bin", ...more: string[]) {
  const args = [
    "run",
    model,
    ...BUILD,
    "--input",
    input,
    "--expect",
    file(name, expected),
    ...more,
  ];
  return cliJson(args);
}

describe("layered, .bin", () => {
  test("equal outputs are no news", async () => {
    const { code, document } = await expecting(rows);
    expect([code, document.ok, document.samples]).toEqual([0, true, 2]);
  });

  test("the first difference is named, and the results are there all the same", async () => {
    const { code, document } = await expecting(changed(9, 7));
    expect([code, document.ok, document.samples]).toEqual([1, false, 2]);
    expect(document.errors).toEqual([
      expect.objectContaining({ code: "EXPECTATION", got: "-4 (0xfc)", expected: "7 (0x07)" }),
    ]);
    expect(document.errors[0].where).toMatch(/expected\.bin: sample 1, output 3$/);
    expect(document.errors[0].remedy).toMatch(/^1 of 12 values differ\. /);
  });

  test("fewer and more rows than expected", async () => {
    const fewer = await expecting(new Uint8Array([...rows, ...rows]));
    expect(fewer.document.errors[0]).toMatchObject({
      got: "12 bytes of outputs",
      expected: "24 bytes",
    });
    const more = await expecting(rows.slice(0, 6));
    expect(more.document.errors[0]).toMatchObject({ expected: "the end of the file" });
    expect((await expecting(new Uint8Array(0))).code).toBe(1);
    expect((await expecting(rows.slice(0, 6), "one.bin", "--samples", "1")).code).toBe(0);
  });

  test("elements of four bytes", async () => {
    const floats = Float32Array.of(0.5, 1, 1.5, 2, 2.5, 3);
    const bytes = new Uint8Array(floats.buffer);
    const args = [
      "run",
      file("f32.tflite", FLATTEN_F32),
      ...BUILD,
      "--input",
      file("f.bin", bytes),
    ];
    expect((await cli([...args, "--expect", file("e.bin", bytes)])).code).toBe(0);
    floats[4] = 2;
    const { document } = await cliJson([...args, "--expect", file("e.bin", bytes)]);
    expect(document.errors[0].where).toMatch(/: sample 0, output 4$/);
  });
});

describe("layered, .csv", () => {
  test("numbers, not their spelling", async () => {
    const text = "0.5,1.0,1.50,2,25e-1,3\r\n-0.5,-1,-1.5,-2,-2.5,-3.0";
    expect((await expecting(text, "e.csv")).code).toBe(0);
    const { document } = await expecting(text.replace("-2.5", "-2"), "e.csv");
    expect(document.errors[0].where).toMatch(/e\.csv: line 2, value 5$/);
    expect(document.errors[0]).toMatchObject({ got: "-2.5", expected: "-2" });
    expect((await expecting("0.5,1,1.5,2,2.5,3\n", "e.csv")).code).toBe(1);
    expect((await expecting(`${text}\n1,2,3,4,5,6\n`, "e.csv")).code).toBe(1);
    expect((await expecting(text.replace(",2,", ",two,"), "e.csv")).code).toBe(1);
  });
});

describe("spiking", () => {
  test("what one run wrote, the next must equal", async () => {
    for (const name of ["s.bin", "s.csv", "s.events.csv"]) {
      const net = [
        "run",
        "net:delay-line?length=.0001&velocity=1",
        ...BUILD,
        "--seed",
        "3",
        "--steps",
        "200",
      ];
      const written = path(name);
      expect((await cli([...net, "--output", written])).code).toBe(0);
      expect((await cli([...net, "--expect", written])).code, name).toBe(0);
      const other = net.map((arg) => (arg === "3" ? "4" : arg));
      expect(await failedWithResult(...other, "--expect", written), name).toBe("EXPECTATION 1");
    }
  });
});

describe("--min-accuracy", () => {
  // the largest of the first row is output 5, of the second output 0
  const labels = file("labels.csv", "5\n1\n");
  const args = ["run", model, ...BUILD, "--input", input, "--labels", labels];

  test("as high as asked, or a failure", async () => {
    expect((await cli([...args, "--min-accuracy", "50"])).code).toBe(0);
    const { code, document } = await cliJson([...args, "--min-accuracy", "50.1"]);
    expect([code, document.accuracy]).toEqual([1, { correct: 1, total: 2 }]);
    expect(document.errors[0]).toMatchObject({ code: "EXPECTATION", where: "--min-accuracy" });
  });

  test("needs labels and a percentage", async () => {
    expect(await failedWith("run", model, ...BUILD, "--min-accuracy", "50")).toBe("USAGE 2");
    for (const wrong of ["-1", "101", "NaN", "x", ""]) {
      expect(await failedWith(...args, "--min-accuracy", wrong)).toBe("USAGE 2");
    }
  });

  test("both at once: both are named", async () => {
    const expected = file("both.bin", changed(0, 9));
    const { document } = await cliJson([...args, "--min-accuracy", "90", "--expect", expected]);
    expect(document.errors).toHaveLength(2);
  });
});

test("where there is no such file nothing of --output stays behind", async () => {
  const folder = path("begun");
  mkdirSync(folder);
  const output = ["--output", `${folder}/out.bin`, "--expect", path("no-such.bin")];
  for (const network of [model, "net:delay-line"]) {
    expect(await failedWith("run", network, ...BUILD, ...output)).toBe("IO 1");
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("the file is held against what is written, not only printed", async () => {
  const output = path("out.bin");
  const args = ["run", model, ...BUILD, "--input", input, "--output", output];
  expect((await cli([...args, "--expect", file("w.bin", changed(0, 9))])).code).toBe(1);
  expect(new Uint8Array(readFileSync(output))).toEqual(rows);
});

async function failedWithResult(...args: readonly string[]): Promise<string> {
  const { code, document } = await cliJson(args);
  return `${document.errors[0].code} ${code}`;
}
