/** The examples, run as their readers would. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { builtTest, MAIN } from "./support/built.ts";
import { ROOT } from "./support/readmes.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** check.sh in a copy of its folder, with `twentywatt` on the PATH. */
function check(name: string, change: (copy: string) => void, ...args: readonly string[]) {
  const copy = join(folder, name);
  cpSync(join(ROOT, "examples/ci"), copy, { recursive: true });
  mkdirSync(join(copy, "bin"));
  symlinkSync(MAIN, join(copy, "bin/twentywatt"));
  change(copy);
  return spawnSync("sh", [join(copy, "check.sh"), ...args], {
    ...{ cwd: folder, encoding: "utf8", timeout: 100_000 },
    env: {
      ...process.env,
      PATH: `${join(copy, "bin")}:${process.env.PATH}`,
      XDG_CACHE_HOME: join(folder, "cache"),
    },
  });
}

describe("examples/ci/check.sh", () => {
  builtTest("passes for the network as it is, and leaves nothing behind", () => {
    const { status, stdout, stderr } = check("good", () => {});
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/accuracy +\d+ of 40 correct/);
  });

  builtTest("fails where one output byte differs, and says where", () => {
    const { status, stderr } = check("differs", (copy) => {
      const bytes = readFileSync(join(copy, "expected.bin"));
      bytes[7] = 0x55 ^ (bytes[7] ?? 0);
      writeFileSync(join(copy, "expected.bin"), bytes);
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("EXPECTATION")]);
  });

  builtTest("fails where the accuracy is lower", () => {
    const { status, stderr } = check("labels", (copy) => {
      writeFileSync(join(copy, "labels.txt"), "0\n".repeat(40));
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("EXPECTATION")]);
  });

  builtTest("fails for a model that is damaged", () => {
    const { status, stderr } = check(
      "damaged",
      (copy) => copyFileSync(join(copy, "input.bin"), join(copy, "model.tflite")),
      join(folder, "damaged", "model.tflite"),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining("MODEL_FORMAT")]);
  });
});
