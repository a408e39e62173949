/** Completion scripts, asked by the shells themselves. */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { meterWords } from "../../../host/cli/completion/calls.ts";
import { VERBS } from "../../../host/cli/verbs.ts";
import { meterForms } from "../../../host/power/index.ts";
import { cli, cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";

const { file, path } = folderOfFiles();

const shellTest = (shell: string) =>
  testUnless(
    spawnSync(shell, ["-c", "true"]).status === 0
      ? null
      : { reason: `${shell} is not installed`, fix: `sudo apt install ${shell}` },
  );

beforeAll(async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await cli(["completion", shell]);
    expect(code).toBe(0);
    file(`script.${shell}`, stdout);
  }
  mkdirSync(path("models"));
  file("models/one.tflite", "");
  file("models/two words.tflite", "");
  mkdirSync(path("folder"));
  file("fold.txt", "");
});

/** What bash offers for a line, split into words as readline splits it; the cursor stands at its end. */
function bash(line: string, wordBreaks = " \t\n\"'@><=;|&(:"): string[] {
  const breaks = wordBreaks.replaceAll(/[ \t\n"'@><;|&(]/g, "");
  const parts = line.split(" ").flatMap((word) => {
    const pieces = breaks === "" ? [word] : word.split(new RegExp(`([${breaks}])`));
    const some = pieces.filter((piece) => piece !== "");
    return some.length > 0 ? some : [""];
  });
  const words = parts.map((part) => `'${part}'`).join(" ");
  const script = `
    source "$0"
    cd "$1"
    COMP_WORDBREAKS="$2"
    COMP_WORDS=(${words})
    COMP_CWORD=${parts.length - 1}
    COMP_LINE='${line}'
    COMP_POINT=${line.length}
    _twentywatt twentywatt '${parts.at(-1)}' '${parts.at(-2)}'
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync(
    "bash",
    ["--noprofile", "--norc", "-uc", script, path("script.bash"), path(""), wordBreaks],
    { encoding: "utf8" },
  );
  // compopt works only where readline called: it says so, and nothing else may be said
  const said = stderr.split("\n").filter((text) => text !== "" && !text.includes("compopt"));
  expect(said).toEqual([]);
  return stdout
    .split("\n")
    .filter((text) => text !== "")
    .sort();
}

const bashTest = shellTest("bash");

describe("bash", () => {
  bashTest("takes the script, and the function is that of the program", () => {
    const { status, stdout, stderr } = spawnSync(
      "bash",
      [
        "--noprofile",
        "--norc",
        "-c",
        'source <(cat "$0"); complete -p twentywatt',
        path("script.bash"),
      ],
      { encoding: "utf8" },
    );
    expect([status, stdout, stderr]).toEqual([0, "complete -F _twentywatt twentywatt\n", ""]);
  });

  bashTest("verbs", () => {
    expect(bash("twentywatt ")).toEqual([...Object.keys(VERBS), "help"].sort());
    expect(bash("twentywatt co")).toEqual(["compile", "completion"]);
    expect(bash("twentywatt help ru")).toEqual(["run"]);
    expect(bash("twentywatt --")).toEqual(["--help", "--version"]);
  });

  bashTest("options of the verb, wherever they stand", () => {
    expect(bash("twentywatt run --s")).toEqual([
      "--samples",
      "--save-state",
      "--seed",
      "--step-limit",
      "--steps",
    ]);
    expect(bash("twentywatt run net:lif --seed 3 --ste")).toEqual(["--step-limit", "--steps"]);
    expect(bash("twentywatt compile --o")).toEqual(["--output"]);
    expect(bash("twentywatt monitor --rou")).toEqual([]);
    expect(bash("twentywatt run --rounding=single --ta")).toEqual(["--target"]);
    expect(bash("twentywatt run --json --ta")).toEqual(["--target"]);
  });

  bashTest("choices, also behind =", () => {
    expect(bash("twentywatt run --rounding ")).toEqual(["double", "single"]);
    expect(bash("twentywatt run --rounding=s")).toEqual(["single"]);
    expect(bash("twentywatt run --rounding=")).toEqual(["double", "single"]);
    expect(bash("twentywatt completion ")).toEqual(["bash", "fish", "zsh"]);
    expect(bash("twentywatt cache ")).toEqual(["clean"]);
    // where the user took = out of the breaks, the whole word is replaced
    expect(bash("twentywatt run --rounding=s", " \t\n")).toEqual(["--rounding=single"]);
  });

  bashTest("files, folders, and nothing for numbers", () => {
    expect(bash("twentywatt run --input mo")).toEqual(["models"]);
    expect(bash("twentywatt run --input models/")).toEqual([
      "models/one.tflite",
      "models/two words.tflite",
    ]);
    expect(bash("twentywatt run --input=models/o")).toEqual(["models/one.tflite"]);
    expect(bash("twentywatt compile net:lif -o fol")).toEqual(["fold.txt", "folder"]);
    expect(bash("twentywatt run net:lif --dump-layers fol")).toEqual(["folder"]);
    expect(bash("twentywatt run --record neuron.v=fold.")).toEqual(["fold.txt"]);
    expect(bash("twentywatt run --seed ")).toEqual([]);
  });

  bashTest("a model: files, and networks, of which bash keeps what stands before the colon", () => {
    expect(bash("twentywatt run models/o")).toEqual(["models/one.tflite"]);
    expect(bash("twentywatt run net:de")).toEqual(["delay-line", "demo-int8", "demo-spikes"]);
    expect(bash("twentywatt run net:de", " \t\n")).toEqual([
      "net:delay-line",
      "net:demo-int8",
      "net:demo-spikes",
    ]);
    // bench takes several
    expect(bash("twentywatt bench net:lif models/o")).toEqual(["models/one.tflite"]);
    expect(bash("twentywatt run net:lif models/o")).toEqual([]);
  });

  bashTest("a sensor: what stands before its port or file, and every simulation whole", () => {
    const simulations = ["ecg", "knock", "step", "vibration"];
    expect(bash("twentywatt record sim:")).toEqual(simulations);
    expect(bash("twentywatt record sim:ecg sim:k")).toEqual(["knock"]);
    expect(bash("twentywatt run net:lif --input sim:")).toEqual(simulations);
    expect(bash("twentywatt record ser")).toEqual(["serial:"]);
    expect(bash("twentywatt record mod")).toEqual(["models"]);
  });

  bashTest("an option that needs no value leaves the next word free", () => {
    expect(bash("twentywatt inspect --build m")).toContain("models");
    expect(bash("twentywatt run --json models/o")).toEqual(["models/one.tflite"]);
  });
});

for (const shell of ["zsh", "fish"]) {
  shellTest(shell)(`${shell} finds no mistake in its script`, () => {
    const { status, stderr } = spawnSync(shell, ["-n", path(`script.${shell}`)], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
  });
}

shellTest("fish")("fish: verbs, choices, and files where files belong", () => {
  const ask = (line: string) => {
    const script = `source ${path("script.fish")}; complete -C '${line}'`;
    const { stdout } = spawnSync("fish", ["-c", script], { cwd: path(""), encoding: "utf8" });
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((text) => text.split("\t")[0]);
  };
  expect(ask("twentywatt co")).toEqual(["compile", "completion"]);
  expect(ask("twentywatt run --rounding ")).toEqual(["double", "single"]);
  expect(ask("twentywatt run --input mod")).toEqual(["models/"]);
});

test("every option of every verb is in every script", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { document } = await cliJson(["completion", shell]);
    expect(document.shell).toBe(shell);
    for (const option of ["--record", "--discretisation", "--interval", "--edges", "--expect"]) {
      const name = shell === "fish" ? `-l ${option.slice(2)} ` : option;
      expect(document.script).toContain(name);
    }
  }
});

test("another shell is a wrong call", async () => {
  expect(await failedWith("completion", "tcsh")).toBe("USAGE 2");
  expect(await failedWith("completion")).toBe("USAGE 2");
});

test("--meter is completed with every kind of meter there is", () => {
  const words = meterWords();
  for (const { form } of meterForms()) {
    const [kinds = ""] = form.split(/[[:?]/);
    for (const kind of kinds.split("|")) {
      expect(words.filter((word) => word.split(":")[0] === kind)).not.toEqual([]);
    }
  }
  const few = ["rapl", "rapl:psys", "ina219", "ina219:", "um25c:", "fnb48", "sim:steady"];
  for (const word of [...few, "sim:pulses", "estimate", "estimate:", "pmic:fit", "ppk2:"]) {
    expect(words).toContain(word);
  }
  for (const word of ["rapl:", "um25c", "sim", "sim:", "ppk2", "pmic:"]) {
    expect(words).not.toContain(word);
  }
  expect(words.filter((word) => !/^[a-z0-9]+(:[a-z]*)?$/.test(word))).toEqual([]);
});
