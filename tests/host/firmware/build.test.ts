import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { compiler } from "../../../host/firmware/compiler.ts";
import { buildFirmware, readPort } from "../../../host/firmware/index.ts";
import { abandonedIn } from "../../support/abandoned.ts";
import { missingFeature } from "../../support/packages.mjs";
import { testUnless } from "../../support/skip.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twentywatt-firmware-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problemOf = async (work: () => unknown) => {
  const error = await (async () => work())().catch((raised: unknown) => raised);
  expect(error).toBeInstanceOf(TwentyWattError);
  return (error as TwentyWattError).problems[0];
};

test("an unknown port is a usage error that names the known ones", async () => {
  const problem = await problemOf(() => buildFirmware("esp32"));
  expect(problem).toMatchObject({ code: "USAGE", got: "esp32" });
  expect(problem?.expected).toContain("qemu-m4");
});

test("a compiler that is not there is TARGET_MISSING, with the line that installs it", async () => {
  const port = { ...readPort("qemu-m4"), compiler: "no-such-gcc" };
  const problem = await problemOf(() => compiler(port));
  expect(problem?.code).toBe("TARGET_MISSING");
  expect(problem?.remedy).toBe(
    "As root: apt-get install --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi",
  );
});

const ccTest = testUnless(missingFeature("cc"));

ccTest("what a compiler refuses is said in its own words", async () => {
  const file = join(folder, "wrong.c");
  writeFileSync(file, "int main(void) { return wrong; }\n");
  const cc = compiler(readPort("posix"));
  const problem = await problemOf(() => cc.run(["-c", file, "-o", join(folder, "o")], "wrong.c"));
  expect(problem).toMatchObject({ code: "FIRMWARE", where: "wrong.c" });
  expect(problem?.got).toContain("wrong");
});

ccTest("a compiler without its C library is TARGET_MISSING", async () => {
  const file = join(folder, "plain.c");
  writeFileSync(file, "#include <string.h>\n");
  const cc = compiler(readPort("posix"));
  const problem = await problemOf(() => cc.run(["-nostdinc", "-c", file, "-o", "/dev/null"], "x"));
  expect(problem?.code).toBe("TARGET_MISSING");
});

ccTest(
  "builds once: the second time nothing is compiled, a damaged program is linked again",
  async () => {
    const compiled: string[] = [];
    const build = () =>
      buildFirmware("posix", { folder, onCompile: (file) => compiled.push(file) });
    // a process that was killed while it compiled
    const left = abandonedIn(join(folder, "objects"));
    const first = await build();
    expect(existsSync(left)).toBe(false);
    expect(compiled).toContain("m3_compile.c");
    const whole = readFileSync(first.path);
    const { mtimeMs } = statSync(first.path);
    compiled.length = 0;
    expect(await build()).toEqual(first);
    expect(statSync(first.path).mtimeMs).toBe(mtimeMs);
    writeFileSync(first.path, "half");
    await build();
    expect(readFileSync(first.path).equals(whole)).toBe(true);
    expect(compiled).toEqual([]);
  },
  300_000,
);

ccTest(
  "a program takes the place of the port's main()",
  async () => {
    const program = join(folder, "program");
    mkdirSync(program);
    writeFileSync(
      join(program, "own.c"),
      `#include "tw.h"\nint main(void) { return TW_VERSION != 0; }\n`,
    );
    const { path } = await buildFirmware("posix", { folder, program });
    expect(path).toContain("posix-");
  },
  300_000,
);
