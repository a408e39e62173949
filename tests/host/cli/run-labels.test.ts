/** `run --labels` and `--classes`: accuracy, names, and lists that do not fit. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith } from "../../support/cli.ts";
import { BUILD, bytes, flattenFiles } from "../../support/flatten-files.ts";

const { file, path, model, input } = flattenFiles();

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
