/** Every verb stays inside its terminal, and writes no escape sequence where none is wanted. */
import { describe, expect, test } from "vitest";
import { programOf, VERBS } from "../../../host/cli/verbs.ts";
import { columnsOf } from "../../../host/text.ts";
import { cli, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const model = file(
  "a-model-with-a-rather-long-name-as-files-from-the-network-have-them.tflite",
  FLATTEN,
);

const CALLS: readonly (readonly string[])[] = [
  ["inspect", "net:demo-int8", "--build", "mvp"],
  ["inspect", "net:lif?current=20"],
  ["inspect", model],
  ["compile", model, "-o", path("x.wasm")],
  ["run", "net:demo-int8", "--samples", "3"],
  ["run", "net:demo-int8", "--samples", "3", "--meter", "estimate:x86-server"],
  ["run", "net:lif?current=20", "--steps", "100", "--record", `neuron.v=${path("v.csv")}`],
  ["bench", "net:lif?current=20", "--seconds", "0.05"],
  ["devices"],
  ["cache"],
  ["demo", "--seconds", "0.1"],
  ["frobnicate"],
  ["run", model, "--steps", "3", "--record", "a.v=x.csv", "--compare", "float"],
  ["run", "net:lif?current=20&tea=1"],
];

type Written = { readonly stdout: string; readonly stderr: string };

async function inTerminal(
  args: readonly string[],
  columns: number,
  env: Record<string, string>,
): Promise<Written> {
  const written = { stdout: "", stderr: "" };
  const screen = (name: keyof Written) => ({
    isTTY: true,
    columns,
    write: (text: string) => (written[name] += text),
  });
  await cli(args, { stdout: screen("stdout"), stderr: screen("stderr"), env: { CI: "1", ...env } });
  return written;
}

const tooWide = (text: string, columns: number): string[] =>
  text.split("\n").filter((line) => columnsOf(line) > columns);

describe.each([60, 80, 120])("%i columns", (columns) => {
  test.each(CALLS.map((args) => [args.join(" ").replaceAll(path(""), "…/"), args] as const))(
    "%s",
    async (_, args) => {
      const { stdout, stderr } = await inTerminal(args, columns, { TERM: "dumb" });
      expect(`${stdout}${stderr}`).not.toBe("");
      expect(tooWide(stdout, columns)).toEqual([]);
      expect(tooWide(stderr, columns)).toEqual([]);
      // what is cut is lost: results stand on more lines instead
      if (args[0] !== "demo") expect(stdout).not.toMatch(/(?<! )…$/m);
      expect(`${stdout}${stderr}`.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    },
  );

  test.each(["", ...Object.keys(VERBS)])("help %s", async (verb) => {
    const { stdout } = await inTerminal([verb, "--help"].filter(Boolean), columns, {});
    expect(stdout).toMatch(/^Usage: twentywatt/);
    expect(tooWide(stdout, columns)).toEqual([]);
    // nothing is cut: help that ends in … helps nobody
    const cut = stdout.split("\n").filter((line) => line.endsWith("…"));
    expect(cut).toEqual([]);
  });
});

test("a pipe gets the same words, each line whole", async () => {
  const { stdout } = await cli(["inspect", model]);
  expect(stdout).toContain(
    "a-model-with-a-rather-long-name-as-files-from-the-network-have-them.tflite",
  );
  expect(tooWide(stdout, 80).length).toBeGreaterThan(0);
});

test("one document is one line, whatever the terminal", async () => {
  const { stdout } = await inTerminal(["inspect", model, "--json"], 60, {});
  expect(stdout).toMatch(/^\{.*\}\n$/);
});

test("a script is not wrapped: a terminal is where it may be copied from", async () => {
  const { stdout } = await inTerminal(["completion", "bash"], 60, {});
  expect(stdout).toBe((await cli(["completion", "bash"])).stdout);
});

test("options stand in groups, those of spiking networks apart", () => {
  const program = programOf("0.0.0", { write: () => {} }, async () => {});
  for (const verb of ["run", "compile", "bench", "inspect", "deploy"]) {
    const command = program.commands.find((one) => one.name() === verb);
    const headings = new Map<string | undefined, string[]>();
    for (const { long, helpGroupHeading } of command?.options ?? []) {
      headings.set(helpGroupHeading, [...(headings.get(helpGroupHeading) ?? []), `${long}`]);
    }
    expect([...headings.keys()]).not.toContain(undefined);
    expect(headings.get("Spiking networks:")).toEqual(
      expect.arrayContaining([
        "--dt",
        "--time-unit",
        "--discretisation",
        "--reset",
        "--weights",
        "--input-kind",
      ]),
    );
    expect(headings.get("How it is compiled:")).toEqual([
      "--build",
      "--rounding",
      "--flavour",
      "--front",
      "--keep-layers",
      "--no-self-test",
    ]);
    expect(headings.get("General:")).toEqual(["--json"]);
  }
});
