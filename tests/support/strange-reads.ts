/** Every argument that names a file to read: one that is sound, and a call that ends whatever the file holds. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli } from "./cli.ts";
import { longRecording } from "./interrupted-jobs.ts";
import { FLATTEN } from "./small-models.ts";
import { StrangeFiles } from "./strange-files.ts";

const SPIKING = "net:demo-spikes?input=features";

type Read = readonly [name: string, call: (file: string) => readonly string[]];

function reads(path: (name: string) => string): readonly Read[] {
  const layered = ["run", path("sound.tflite"), "--samples", "2"];
  const spiking = ["run", SPIKING, "--steps", "2"];
  return [
    // what a model is, its content says: one name is all of them
    ["sound.tflite", (given) => ["inspect", given]],
    ["front.json", (given) => ["inspect", path("sound.tflite"), "--front", given]],
    ...["in.bin", "in.csv", "in.npy"].map(
      (name): Read => [name, (given) => [...layered, "--input", given]],
    ),
    ...["spikes.bin", "spikes.csv", "in.events.csv"].map(
      (name): Read => [name, (given) => [...spiking, "--input", given]],
    ),
    ["labels.csv", (given) => [...layered, "--labels", given]],
    ["classes.txt", (given) => [...layered, "--classes", given]],
    ["expected.bin", (given) => [...layered, "--expect", given]],
    ["expected.csv", (given) => [...layered, "--expect", given]],
    ["one.state", (given) => ["run", "net:lif?current=20", "--steps", "2", "--load-state", given]],
    ["table.csv", (given) => [...layered, "--input", `csv:${given}?rate=1000000`]],
    ["sound.wav", (given) => [...layered, "--input", `wav:${given}?speed=1000`]],
    ["long.rec", (given) => [...layered, "--input", `rec:${given}?speed=1000`]],
    ["long.rec", (given) => ["replay", given, "--export", path("replayed.wav")]],
    ["long.rec", (given) => ["replay", given, "--export", path("replayed.csv")]],
  ];
}

async function makeSound(path: (name: string) => string): Promise<void> {
  const contents: Readonly<Record<string, string | Uint8Array>> = {
    "sound.tflite": FLATTEN,
    "in.bin": new Uint8Array(12),
    "in.csv": "1,2,3,4,5,6\n1,2,3,4,5,6\n",
    "spikes.bin": new Uint8Array(1000),
    "labels.csv": "0\n1\n",
    "classes.txt": "a\nb\nc\nd\ne\nf\n",
    "expected.bin": new Uint8Array(12),
    "expected.csv": "1,2,3,4,5,6\n1,2,3,4,5,6\n",
    "spikes.csv": "1,0,1\n",
    "in.events.csv": "0,0\n1,0\n",
    "table.csv": `a\n${Array.from({ length: 14 }, (_, k) => `${k}\n`).join("")}`,
    "front.json": "{}",
  };
  for (const [name, content] of Object.entries(contents)) writeFileSync(path(name), content);
  longRecording(path("long.rec"), 2);
  for (const made of [
    ["run", path("sound.tflite"), "--samples", "2", "--output", path("in.npy")],
    ["run", "net:lif?current=20", "--steps", "2", "--save-state", path("one.state")],
    ["replay", path("long.rec"), "--export", path("sound.wav")],
  ]) {
    const { code, stderr } = await cli(made);
    if (code !== 0) throw new Error(stderr);
  }
}

/** What may be held beside what this process holds anyway: the largest model, twice, and what a collection leaves over. */
const MOST_BYTES = 1200 * 2 ** 20;

export type StrangeOutcome = {
  readonly calls: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly mostBytes: number;
  readonly failures: readonly string[];
};

/** @param folder of the campaign's own @param wanted which of the strange files */
export async function readStrange(
  folder: string,
  wanted: (what: string) => boolean = () => true,
): Promise<StrangeOutcome> {
  const path = (name: string) => join(folder, name);
  await makeSound(path);
  const strange = new StrangeFiles();
  const codes: Record<string, number> = {};
  const failures: string[] = [];
  let [calls, mostBytes] = [0, 0];
  try {
    for (const [name, call] of reads(path)) {
      for (const { what, path: given } of await strange.of(path(name))) {
        if (!wanted(what)) continue;
        const before = process.memoryUsage().rss;
        const args = call(given);
        const { code, stdout, stderr } = await cli([...args, "--json"]);
        const bytes = process.memoryUsage().rss - before;
        mostBytes = Math.max(mostBytes, bytes);
        calls++;
        const said = /"code":"(\w+)"/.exec(stdout)?.[1] ?? "done";
        codes[said] = (codes[said] ?? 0) + 1;
        const ended = code === 0 || code === 1 || code === 2;
        const wrong =
          said === "INTERNAL" || !ended
            ? `exit code ${code}, ${stdout.slice(0, 300)} ${stderr.slice(-300)}`
            : bytes > MOST_BYTES
              ? `${bytes} bytes of memory`
              : null;
        if (wrong !== null) failures.push(`${args[0]}, ${what} as ${name}: ${wrong}`);
      }
      strange.close();
    }
  } finally {
    strange.close();
  }
  return { calls, codes, mostBytes, failures };
}
