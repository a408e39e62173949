/** Wrong calls: exit code 2, said as text or as one document, and always with what to do. */
import { describe, expect, test } from "vitest";
import { cli, cliJson, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const model = file("flatten.tflite", FLATTEN);

const WRONG: readonly (readonly string[])[] = [
  ["frobnicate"],
  ["--frobnicate"],
  ["run"],
  ["run", model, "another"],
  ["run", model, "--frobnicate"],
  ["run", model, "--samples"],
  ["run", model, "--samples", "0"],
  ["run", model, "--samples", "-1"],
  ["run", model, "--samples", "1e3"],
  ["run", model, "--samples", "many"],
  ["run", model, "--steps", "1.5"],
  ["run", model, "--seed", "-3"],
  ["run", model, "--build", "fast"],
  ["run", model, "--rounding", "half"],
  ["run", model, "--compare", "double"],
  ["run", model, "--target", "moon"],
  ["run", model, "--output", "results.txt"],
  ["run", model, "--output", "results.events.csv"],
  ["compile", model],
  ["compile", "-o", "x.wasm"],
  ["compile", model, "-o"],
  ["compile", model, "-o", path("x.wasm"), "--flavour", "sour"],
  ["compile", model, "-o", path("x.wasm"), "--dt", "0"],
  ["inspect"],
  ["inspect", model, "--build", "simd", "mvp"],
  ["bench"],
  ["bench", model, "--seconds", "0"],
  ["demo", "more"],
  ["demo", "--seconds", "soon"],
  ["run", "net:nothing"],
  ["run", "net:"],
  ["run", "net:demo-int8?n=3"],
];

test.each(WRONG.map((args) => [args.join(" ").replaceAll(path(""), "…/"), args] as const))(
  "twentywatt %s",
  async (_, args) => {
    expect(await failedWith(...args)).toBe("USAGE 2");
  },
);

test("a word in the place of a verb is not taken for an argument", async () => {
  const { document } = await cliJson(["frobnicate", "run", "--json"]);
  expect(document).toMatchObject({ verb: null, errors: [{ where: "twentywatt" }] });
});

describe("options of spiking networks on a layered one", () => {
  test("each is named, all at once", async () => {
    const { code, errors } = await failure(
      ...["run", model, "--steps", "3", "--record", "a.spikes=x.csv", "--record", "a.v=y.csv"],
      ...["--save-state", "s", "--load-state", "s", "--compare", "float", "--plot", "x.svg"],
    );
    expect(code).toBe(2);
    expect(errors.map(({ where }) => where)).toEqual([
      ...["--steps", "--record", "--save-state", "--load-state", "--compare", "--plot"],
    ]);
  });

  test.each([
    ["--weights", "i8"],
    ["--dt", "1e-3"],
    ["--time-unit", "ms"],
    ["--discretisation", "lava"],
    ["--reset", "zero"],
    ["--input-kind", "values"],
  ])("%s %s", async (...option) => {
    for (const verb of ["run", "inspect", "bench"]) {
      expect(await failedWith(verb, model, ...option)).toBe("USAGE 2");
    }
    expect(await failedWith("compile", model, "-o", path("x.wasm"), ...option)).toBe("USAGE 2");
  });

  test("--edges", async () => {
    expect(await failedWith("inspect", model, "--edges", path("e.csv"))).toBe("USAGE 2");
  });
});

test("help and version are no failures", async () => {
  expect(await cli(["--version"])).toEqual({ code: 0, stdout: "0.0.0\n", stderr: "" });
  const { code, stdout } = await cli(["--help"]);
  expect(code).toBe(0);
  for (const verb of ["compile", "inspect", "run", "bench", "demo"]) {
    expect(stdout).toContain(`\n  ${verb} `);
    const help = await cli([verb, "--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("--json");
    expect(help.stderr).toBe("");
  }
});

test("the verb of a failure is in its document", async () => {
  expect((await cliJson(["run"])).document.verb).toBe("run");
  expect((await cliJson(["walk"])).document.verb).toBeNull();
});

test("a board that is not there is missing, not unknown", async () => {
  expect(await failedWith("bench", model, "--target", "board:/dev/no-port")).toBe(
    "TARGET_MISSING 1",
  );
});

test("meters that are not there", async () => {
  expect(await failedWith("run", model, "--meter", "tea-leaves")).toBe("METER_MISSING 1");
  expect(await failedWith("bench", model, "--meter", "estimate:abacus")).toBe("METER_MISSING 1");
});
