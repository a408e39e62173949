/** `power --export` onto pipes, devices, links, other people's modes and full disks. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exporterOf } from "../../../host/cli/power-export.ts";
import type { PowerFacts } from "../../../host/power/index.ts";
import { abandonedIn, isTemporary } from "../../support/abandoned.ts";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";
import { onSmallDisk, withoutDisks } from "../../support/small-disk.ts";

const { file, path } = folderOfFiles();
const METER = ["--meter", "sim:steady?watts=5&noise=0", "--seconds", "0.2"];
const diskTest = testUnless(withoutDisks());

function pipe(name: string): string {
  spawnSync("mkfifo", [path(name)]);
  return path(name);
}

const FACTS: PowerFacts = {
  ...{ uri: "sim:steady", name: "", scope: "target", quality: "measured", reads: true },
  ...{ doesNotInclude: [], method: "", sampleRateHz: null, gapSeconds: 1, notes: [] },
  accuracy: { gain: 0, offsetWatts: 0, timeSeconds: 0, integrates: false },
};

describe("rows as they come", () => {
  test("a pipe that nobody reads is said, not waited for", async () => {
    const { code, stderr } = await cli(["power", ...METER, "--export", "csv", pipe("idle.csv")]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("got a pipe that nobody reads")]);
  });

  test("a pipe with a reader: every row reaches it", async () => {
    const to = pipe("read.csv");
    const reader = spawn("cat", [to], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    reader.stdout.setEncoding("utf8").on("data", (more) => (text += more));
    const ended = new Promise((resolve) => reader.on("close", resolve));
    const { code } = await cli(["power", ...METER, "--export", "csv", to]);
    await ended;
    expect(code).toBe(0);
    expect(text.split("\n")[0]).toMatch(/^time_s,meter/);
    expect(text.trimEnd().split("\n").length).toBeGreaterThan(50);
    expect(lstatSync(to).isFIFO()).toBe(true);
  });

  test("a reader that goes away ends it with IO, one that stands still too", async () => {
    for (const [command, reason] of [
      [["head", "-c", "1"], /a pipe whose reader went away/],
      [["sleep", "60"], /bytes behind/],
    ] as const) {
      const to = pipe(`${command[0]}.csv`);
      const reader = spawn("sh", ["-c", `exec ${command.join(" ")} < "$0"`, to]);
      const exporter = await exporterOf(["csv", to])();
      const work = async () => {
        for (let k = 0; k < 1_000_000; k++) {
          exporter?.add(FACTS, { tNs: BigInt(k), watts: k, lost: 0 });
          if (k % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        await exporter?.close();
      };
      await expect(work()).rejects.toThrow(reason);
      reader.kill("SIGKILL");
    }
  });

  diskTest("a full disk: IO with the file's name, beside what was measured", async () => {
    await onSmallDisk(4, async (folder) => {
      const to = join(folder, "full.csv");
      const { code, stdout } = await cli(["power", ...METER, "--export", "csv", to, "--json"]);
      const document = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
      expect(code).toBe(1);
      expect(document.meters[0].meanWatts).toBeCloseTo(5, 9);
      expect(document.errors).toMatchObject([
        { code: "IO", where: to, got: "no space left on the device" },
      ]);
    });
  });
});

describe("a gauge that is replaced", () => {
  test("takes the place of no pipe and no device", async () => {
    const to = pipe("gauge.prom");
    symlinkSync("/dev/null", path("null.prom"));
    for (const one of [to, path("null.prom"), path("")]) {
      const { code, errors } = await failure("power", ...METER, "--export", "prom", one);
      expect([code, errors[0]?.code, errors[0]?.where]).toEqual([1, "IO", one]);
    }
    expect(lstatSync(to).isFIFO()).toBe(true);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("keeps who may read it, replaces what a link names, and clears up after the dead", async () => {
    const secret = file("secret.prom", "old");
    chmodSync(secret, 0o600);
    symlinkSync(secret, path("link.prom"));
    const left = abandonedIn(path(""));
    const { code } = await cli(["power", ...METER, "--export", "prom", path("link.prom")]);
    expect(code).toBe(0);
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(lstatSync(path("link.prom")).isSymbolicLink()).toBe(true);
    expect(readFileSync(secret, "utf8")).toContain("twentywatt_power_watts");
    expect(readdirSync(path("")).filter(isTemporary)).toEqual([]);
    expect(left).toContain(path(""));
  });

  diskTest("a full disk: the old gauge, and nothing half written beside it", async () => {
    await onSmallDisk(8, async (folder) => {
      const to = join(folder, "gauge.prom");
      const exporter = await exporterOf(["prom", to])();
      exporter?.add(FACTS, { tNs: 0n, watts: 1, lost: 0 });
      const before = readFileSync(to, "utf8");
      spawnSync("dd", ["if=/dev/zero", `of=${join(folder, "rest")}`, "bs=1k"]);
      await expect(exporter?.close()).rejects.toThrow(/^IO: .*gauge\.prom.*no space left/);
      expect(readFileSync(to, "utf8")).toBe(before);
      expect(readdirSync(folder).sort()).toEqual(["gauge.prom", "rest"]);
    });
  });
});
