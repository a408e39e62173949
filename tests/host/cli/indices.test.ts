/** ARG_MAX as the last layer: int32 in files and documents, in both builds. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { graphJson } from "../../../host/importers/index.ts";
import { cliJson, folderOfFiles } from "../../support/cli.ts";
import { interpret } from "../../support/oracle/index.ts";
import {
  inputBytes,
  outputBytes,
  randomInput,
  randomOperator,
} from "../../support/random-graph.ts";

const { path } = folderOfFiles();

test.each(["mvp", "simd"])("indices of two inferences, %s build", async (build) => {
  const graph = randomOperator("ARG_MAX", 3);
  const bytes = inputBytes(graph);
  const input = randomInput(2 * bytes, 5);
  writeFileSync(path("net.json"), graphJson(graph));
  writeFileSync(path("in.bin"), input);
  const wanted = [0, 1].flatMap((k) => {
    const { output } = interpret(graph, input.slice(k * bytes, (k + 1) * bytes), "double");
    return [Buffer.from(output)];
  });
  const numbers = wanted.map((one) => [...new Int32Array(Uint8Array.from(one).buffer)]);
  const run = async (name: string) => {
    const call = ["run", path("net.json"), "--input", path("in.bin"), "--build", build];
    const { code, document } = await cliJson([...call, "--output", path(name)]);
    expect([code, document.outputs]).toEqual([0, numbers]);
    return readFileSync(path(name));
  };
  expect(await run("out.bin")).toEqual(Buffer.concat(wanted));
  expect(wanted[0]?.length).toBe(outputBytes(graph));
  expect((await run("out.csv")).toString()).toBe(numbers.map((row) => `${row.join()}\n`).join(""));
  const { document } = await cliJson(["inspect", path("net.json")]);
  expect(document.outputs.map(({ dtype, edge }: Record<string, string>) => [dtype, edge])).toEqual([
    ["i32", "i32"],
  ]);
});
