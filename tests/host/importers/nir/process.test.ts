/** Reading a .nir file in a process: it ends by itself, and what reads at the same time does not mix. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { TwentyWattError } from "../../../../host/errors.ts";
import { importModel } from "../../../../host/importers/index.ts";
import { soundGraphs } from "../../../support/nir-models.ts";
import { around, f32, writeNir } from "../../../support/nir-writer.ts";

test("a process that has read a file, and one that was refused, ends by itself", async () => {
  const child = fork(new URL("../../../support/nir-child.ts", import.meta.url), {
    execArgv: ["--import", new URL("../../../support/ts-loader.mjs", import.meta.url).href],
    serialization: "advanced",
  });
  await once(child, "message");
  const sound = await writeNir(around([2], { type: "Threshold", threshold: f32([2], 1) }, [2]));
  for (const [file, answer] of [
    [sound, "works"],
    [sound.subarray(0, 600), "MODEL_FORMAT"],
    [sound, "works"],
  ] as const) {
    child.send(file);
    expect((await once(child, "message"))[0]).toMatchObject({ answer });
  }
  const exit = once(child, "exit");
  child.disconnect();
  expect((await exit)[0]).toBe(0);
});

test("files that are read at the same time, sound and damaged, get their own answers", async () => {
  const files = await Promise.all(soundGraphs.map((graph) => writeNir(graph)));
  const names = files.flatMap((_, k) => [`sound ${k}`, `damaged ${k}`]);
  const answers = await Promise.all(
    files.flatMap((file) => [
      importModel(file, "sound.nir"),
      importModel(file.subarray(0, file.length >> 1), "damaged.nir").catch((error) => error),
    ]),
  );
  const kinds = answers.map((answer, k) => {
    if (answer instanceof TwentyWattError) return `damaged ${(k - 1) / 2}`;
    const { nodes } = answer as { nodes: { name: string }[] };
    const same = soundGraphs.findIndex((graph) =>
      Object.keys(graph.nodes).every((name) =>
        nodes.some((node) => node.name === name || node.name.startsWith(`${name}.`)),
      ),
    );
    return `sound ${same}`;
  });
  expect(kinds).toEqual(names);
});

test("a sound file takes less than a second, its first reading included", async () => {
  const file = await writeNir(around([2], { type: "Threshold", threshold: f32([2], 1) }, [2]));
  // processor time: a busy machine is not a slow importer
  const start = process.cpuUsage();
  await importModel(file, "sound.nir");
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(1000);
});
