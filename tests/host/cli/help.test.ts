/** Help that a newcomer can act on: of a verb that there is, with examples that do what they say. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { programOf, VERBS } from "../../../host/cli/verbs.ts";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";

folderOfFiles(); // a cache of its own
const here = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "twentywatt-help-"));
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const helpOf = async (verb: string) =>
  (await cli(verb === "" ? ["--help"] : [verb, "--help"])).stdout;

/** What is typed, as a shell hands it over: the program's own words of a line. */
function examplesIn(help: string): string[][] {
  const [, section = ""] = help.split("\nExamples:\n");
  const lines = section.split("\n").filter((line) => /^ {2}[^ #]/.test(line));
  return lines.map((line) => {
    const [, call = ""] = /twentywatt ([^|)]*)/.exec(line) ?? [];
    return [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  });
}

/** A board, a meter, or a file of the reader's own: nothing that is here. */
const NEEDS_MORE = /^rapl$|^board:|^serial:|^kws\.|^words\.|^labels\./;

describe.each(["", ...Object.keys(VERBS)])("twentywatt %s --help", (verb) => {
  test("has examples, and each is a call that the program understands", async () => {
    const examples = examplesIn(await helpOf(verb));
    expect(examples.length).toBeGreaterThan(1);
    for (const args of examples) {
      const called: string[] = [];
      const program = programOf(
        "0.0.0",
        { write: () => {} },
        async (name) => void called.push(name),
      );
      const help = args.includes("--help");
      const parsed = program.parseAsync(args, { from: "user" });
      if (help) await expect(parsed).rejects.toMatchObject({ exitCode: 0 });
      else await parsed;
      expect(called, args.join(" ")).toEqual(help ? [] : [args[0]]);
      if (verb !== "" && args[0] !== "devices") expect(args[0]).toBe(verb);
    }
  });

  test("those that need no board and no file of the reader run", async () => {
    process.chdir(folder);
    for (const args of examplesIn(await helpOf(verb))) {
      const endless = ["demo", "power"].includes(args[0] ?? "") && !args.includes("--seconds");
      if (endless || args.some((arg) => NEEDS_MORE.test(arg))) continue;
      const { code, stdout, stderr } = await cli(args);
      // its exit code says how this computer is
      if (args[0] !== "doctor") expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
      expect(stdout).not.toBe("");
    }
  });
});

test("help VERB is VERB --help, help is --help", async () => {
  const all = await helpOf("");
  for (const args of [["help"], ["help", "help"], ["help", "--json"]]) {
    expect(await cli(args)).toEqual({ code: 0, stdout: all, stderr: "" });
  }
  for (const verb of Object.keys(VERBS)) {
    expect((await cli(["help", verb])).stdout).toBe(await helpOf(verb));
    expect(all).toContain(`\n  ${verb} [options]`);
  }
});

test("help of a verb that there is not: a wrong call, with the verbs that there are", async () => {
  const { code, errors } = await failure("help", "nothing");
  expect(code).toBe(2);
  expect(errors).toMatchObject([
    {
      code: "USAGE",
      where: "twentywatt help",
      got: '"nothing"',
      remedy: "See `twentywatt --help`.",
    },
  ]);
  for (const verb of Object.keys(VERBS)) expect(errors[0]?.expected).toContain(verb);
  expect(await failedWith("help", "run", "more")).toBe("USAGE 2");
});

test("no words at all: the help, and nothing failed", async () => {
  expect(await cli([])).toEqual({ code: 0, stdout: await helpOf(""), stderr: "" });
  expect((await cli(["--json"])).code).toBe(2);
});

describe("a picture is SVG, whatever its name", () => {
  // refused before the model is looked for: nothing is done
  test.each(["spikes.png", "spikes", "svg", "spikes.svg.txt"])("--plot %s", async (name) => {
    const { document } = await cliJson(["run", "no-such-model.nir", "--plot", name]);
    expect(document).toMatchObject({ ok: false, errors: [{ code: "USAGE" }] });
    expect(document.errors[0].expected).toContain(".svg");
  });

  test("--plot SPIKES.SVG", async () => {
    expect(await failedWith("run", "no-such-model.nir", "--plot", "SPIKES.SVG")).toBe("IO 1");
  });
});

/** What an option does is a verb and what it is done to: "choose the noise", not "of the noise". */
test("every option says what it does", () => {
  const program = programOf("0.0.0", { write: () => {} }, async () => {});
  const begins = new Set<string>();
  for (const command of program.commands) {
    expect(command.description()).toMatch(/^[a-z].{15,}[^.]$/);
    for (const { long, description } of command.options) {
      expect(description.length, `${command.name()} ${long}`).toBeGreaterThan(14);
      begins.add(description.split(/[\s:,]/, 1)[0] ?? "");
    }
  }
  const verbs = (
    "after choose compare compile compute count draw end give go keep leave let measure name play print read " +
    "round run say set store time wait write"
  ).split(" ");
  expect([...begins].filter((word) => !verbs.includes(word))).toEqual([]);
});
