/** The program as installed: its own process, with pipes, signals and full disks. `npm test` builds it first. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { builtTest as binTest, MAIN } from "../../support/built.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { dataPath, dataTest } from "../../support/data.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";

const fullTest = testUnless(
  existsSync(MAIN) && existsSync("/dev/full")
    ? null
    : { reason: "no /dev/full or not built", fix: "npm run build, on Linux" },
);
const dataBinTest = existsSync(MAIN) ? dataTest : binTest;
const { file, path } = folderOfFiles();
const model = file("flatten.tflite", FLATTEN);

const call = (...args: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

binTest("--version is that of package.json; the file can be executed", () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  expect(call("--version").stdout).toBe(`${version}\n`);
  expect(readFileSync(MAIN, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
});

binTest("exit codes reach the shell", () => {
  expect(call("inspect", model).status).toBe(0);
  expect(call("inspect", `${model}.not`).status).toBe(1);
  const wrong = call("inspect", "--json");
  expect(wrong.status).toBe(2);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ verb: "inspect", ok: false });
  expect(call().status).toBe(0);
});

binTest("a model from a pipe", () => {
  const line = `cat "$0" | "$1" "$2" inspect /dev/stdin --json`;
  const { status, stdout } = spawnSync("sh", ["-c", line, model, process.execPath, MAIN]);
  expect(status).toBe(0);
  expect(JSON.parse(String(stdout)).nodes).toHaveLength(1);
});

binTest("a run that does not read its stdin leaves that pipe to whoever waits in it", async () => {
  spawnSync("mkfifo", [path("stdin")]);
  const end = openSync(path("stdin"), constants.O_RDWR);
  const args = ["run", "net:demo-int8", "--input", "sim:vibration"];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: [end, "pipe", "ignore"] });
  if (!child.stdout) throw new Error("no stdout");
  await once(child.stdout, "data"); // a decision: it is in the midst of it
  const info = readFileSync(`/proc/self/fdinfo/${end}`, "utf8");
  const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "", 8);
  child.kill("SIGINT");
  await once(child, "close");
  closeSync(end);
  expect(flags & (constants.O_RDWR | constants.O_NONBLOCK)).toBe(constants.O_RDWR);
});

binTest("a reader that goes away gets no stack trace", async () => {
  const child = spawn(process.execPath, [MAIN, "inspect", model], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([0, ""]);
});

fullTest("a full disk behind stdout is a failure", () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "inspect", model], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^IO: stdout: /m);
  expect(stderr).not.toMatch(/\n\s+at /);
});

binTest("Ctrl-C: the summary so far, exit code 130", async () => {
  const child = spawn(
    process.execPath,
    [MAIN, "bench", model, "--build", "mvp", "--seconds", "600"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => {
    if (String(text).includes("timing")) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stdout]).toEqual([130, expect.stringContaining("flatten.tflite")]);
});

binTest("the package can be imported by its name", () => {
  const script =
    'import("twentywatt").then((api) => console.log(Object.keys(api).sort().join(" ")))';
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    encoding: "utf8",
  });
  for (const name of ["compile", "importModel", "localTarget", "openMeter", "TwentyWattError"]) {
    expect(stdout.split(/\s/)).toContain(name);
  }
});

dataBinTest("a .nir file is read, and the program ends", () => {
  const { status, stdout } = call("inspect", dataPath("nir/01_lif/lif_norse.nir"));
  expect([status, stdout]).toEqual([0, expect.stringContaining("1 neuron")]);
});
