/** Outputs where none can be: read-only and full disks, folders that are not there or vanish. IO, and nothing half written. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli, type Document } from "../../support/cli.ts";
import { BUILD, flattenFiles } from "../../support/flatten-files.ts";
import { longRecording } from "../../support/interrupted-jobs.ts";
import { testUnless } from "../../support/skip.ts";
import { onSmallDisk, withoutDisks } from "../../support/small-disk.ts";

const { path, model } = flattenFiles();
const recording = longRecording(path("long.rec"), 2);
const diskTest = testUnless(withoutDisks());

const layered = ["run", model, ...BUILD, "--samples", "5000"] as const;
const spiking = ["run", "net:lif?current=20", "--steps", "5000"] as const;

type Write = readonly [what: string, call: (folder: string) => readonly string[]];
const WRITES: readonly Write[] = [
  ["a module", (to) => ["compile", model, "-o", join(to, "m.wasm")]],
  ["a graph", (to) => ["compile", "net:cuba", "-o", join(to, "g.json")]],
  ["rows", (to) => [...layered, "--output", join(to, "o.csv")]],
  ["bytes", (to) => [...layered, "--output", join(to, "o.bin")]],
  ["an array", (to) => [...layered, "--output", join(to, "o.npy")]],
  ["potentials", (to) => [...spiking, "--record", `neuron.v=${join(to, "v.csv")}`]],
  ["a picture", (to) => [...spiking, "--plot", join(to, "p.svg")]],
  ["a table", (to) => ["replay", recording, "--export", join(to, "t.csv")]],
  ["a sound", (to) => ["replay", recording, "--export", join(to, "s.wav")]],
  ["synapses", (to) => ["inspect", "net:cuba", "--edges", join(to, "e.csv")]],
];

async function failed(args: readonly string[]): Promise<Document> {
  const { code, stdout } = await cli([...args, "--json"]);
  expect(code, stdout.slice(0, 300)).toBe(1);
  return JSON.parse(stdout);
}

const codes = ({ errors }: Document): string[] => errors.map(({ code }: { code: string }) => code);

for (const [what, call] of WRITES) {
  diskTest(`${what} onto a disk that is full`, async () => {
    await onSmallDisk(8, async (folder) => {
      spawnSync("dd", ["if=/dev/zero", `of=${join(folder, "rest")}`, "bs=1k"]);
      const document = await failed(call(folder));
      expect(codes(document)).toEqual(["IO"]);
      expect(document.errors[0].got).toBe("no space left on the device");
      expect(readdirSync(folder)).toEqual(["rest"]);
    });
  });

  diskTest(`${what} onto a disk that is read-only, and where no folder is`, async () => {
    await onSmallDisk(8, async (folder) => {
      spawnSync("mount", ["-o", "remount,ro", folder]);
      expect(codes(await failed(call(folder)))).toEqual(["IO"]);
      expect(readdirSync(folder)).toEqual([]);
    });
    expect(codes(await failed(call(path("not-there"))))).toEqual(["IO"]);
  });
}

test.each([
  ["rows", "o.csv", ["--output"]],
  ["a state", "o.state", ["--save-state"]],
])("%s into a folder that vanishes while it runs", async (_, name, option) => {
  const folder = path(`vanishes-${name}`);
  mkdirSync(folder);
  async function* stdin() {
    yield new TextEncoder().encode("1,1,1\n");
    rmSync(folder, { recursive: true });
    yield new TextEncoder().encode("1,0,1\n");
  }
  const args = ["run", "net:perceptron", "--input", "-", ...option, join(folder, name), "--json"];
  const { code, stdout } = await cli(args, { stdin: stdin() });
  const documents = stdout.trimEnd().split("\n");
  expect([code, codes(JSON.parse(documents.at(-1) ?? ""))]).toEqual([1, ["IO"]]);
});
