import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { assemble } from "../../../host/compiler/assemble.ts";
import { type Emitted, emit } from "../../../host/compiler/emit.ts";
import { layoutLayered } from "../../../host/compiler/layered.ts";
import type { Layout } from "../../../host/compiler/layout.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { ROOT } from "../../../host/compiler/root.ts";
import { planSpiking } from "../../../host/compiler/spiking/index.ts";
import { importModel } from "../../../host/importers/index.ts";
import type { Graph } from "../../../host/model/graph.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { dataTest, readData } from "../../support/data.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];
const NETWORKS = ["demo-int8", "demo-spikes", "cuba", "izhikevich", "perceptron", "delay-line"];
// between them every kernel of the MLPerf Tiny models, and the module that needs the global effects of calls
const MODELS = ["kws_ref_model", "ad01_int8", "str_ww_ref_model", "pretrainedResnet_quant"];

for (const build of BUILDS) {
  for (const name of NETWORKS) {
    test(`net:${name}, ${build}: the bytes of asc's own main()`, async () => {
      await compare(await networkByName(`net:${name}`), build);
    });
  }
  for (const name of MODELS) {
    dataTest(`${name}, ${build}: the bytes of asc's own main()`, async () => {
      const file = `models/${name}.tflite`;
      await compare(await importModel(readData(file), file), build);
    });
  }
}

test("asc's objections are raised with their place", async () => {
  const emitted: Emitted = { entry: "export const x: i32 = nothing;\n", files: new Map() };
  await expect(assemble(emitted, { pages: 1, memUsed: 0 }, "mvp")).rejects.toThrow(
    /Cannot find name 'nothing'[\s\S]*entry\.ts/,
  );
});

async function compare(graph: Graph, build: Build): Promise<void> {
  const options = { ...DEFAULT_OPTIONS, build };
  const layout =
    graph.kind === "layered" ? layoutLayered(graph, options) : planSpiking(graph, options).layout;
  const emitted = emit(layout, "a network");
  const [ours, theirs] = [
    await assemble(emitted, layout, build),
    await ascMain(emitted, layout, build),
  ];
  expect(Buffer.from(ours).equals(theirs)).toBe(true);
}

/** asc as its users call it: every option by asconfig.json, the whole library, every pass. */
async function ascMain(emitted: Emitted, layout: Layout, build: Build): Promise<Uint8Array> {
  let output: Uint8Array | null = null;
  const readFile = (path: string): string | null => {
    if (path === "entry.ts") return emitted.entry;
    const file = path === "asconfig.json" ? path : join("assembly", path);
    const place = join(ROOT, file);
    return emitted.files.get(path) ?? (existsSync(place) ? readFileSync(place, "utf8") : null);
  };
  const { error, stderr } = await asc.main(
    [
      ...["entry.ts", "--target", build, "--outFile", "module.wasm"],
      ...["--memoryBase", String(layout.memUsed)],
      ...["--initialMemory", String(layout.pages), "--maximumMemory", String(layout.pages)],
    ],
    {
      readFile,
      writeFile: (_, bytes) => {
        if (bytes instanceof Uint8Array) output = bytes;
      },
      listFiles: () => [],
    },
  );
  if (error || !output) throw new Error(stderr.toString());
  return output;
}
