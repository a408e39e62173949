/** Flavours that only some engines compute exactly: asked for, given as modules, and chosen by nobody. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { relaxedHere } from "../../../host/module/relaxed.ts";
import { cliJson, failedWith, folderOfFiles } from "../../support/cli.ts";

const { path } = folderOfFiles();
const MODEL = "net:demo-int8";

const foreign = (["relaxed-unsigned", "relaxed-signed"] as const).filter(
  (flavour) => flavour !== relaxedHere(),
);

describe.each(foreign)("%s, which is not exact here", (flavour) => {
  const asked = ["--build", "simd", "--flavour", flavour];

  test("is refused wherever it would be computed", async () => {
    const output = path(`${flavour}-refused.wasm`);
    expect(await failedWith("compile", MODEL, "-o", output, ...asked)).toBe("TARGET_MISSING 1");
    expect(existsSync(output)).toBe(false);
    expect(await failedWith("run", MODEL, ...asked)).toBe("TARGET_MISSING 1");
    expect(await failedWith("run", MODEL, ...asked, "--no-self-test")).toBe("TARGET_MISSING 1");
    expect(await failedWith("bench", MODEL, "--seconds", "0.1", ...asked)).toBe("TARGET_MISSING 1");
  });

  test("is compiled for another machine, and refused here as a module before a step", async () => {
    const module = path(`${flavour}.wasm`);
    const output = path(`${flavour}.bin`);
    await cliJson(["compile", MODEL, "-o", module, "--no-self-test", ...asked]);
    expect(await failedWith("run", module, "--output", output)).toBe("TARGET_MISSING 1");
    expect(await failedWith("run", module, "--step-limit", "5")).toBe("TARGET_MISSING 1");
    expect(await failedWith("bench", module)).toBe("TARGET_MISSING 1");
    expect(existsSync(output)).toBe(false);
  });
});

test("spiking networks have no convolution that a flavour is for: they run on every engine", async () => {
  const { document } = await cliJson(["bench", "net:lif", "--seconds", "0.1"]);
  expect(document.results).toMatchObject([{ build: "simd", flavour: "dot" }]);
});
