import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { expect, test } from "vitest";
import { networkByName } from "../../../host/cli/networks.ts";
import { assemble } from "../../../host/compiler/assemble.ts";
import { dataSection } from "../../../host/compiler/data-segments.ts";
import { type Emitted, emit } from "../../../host/compiler/emit.ts";
import { layoutLayered } from "../../../host/compiler/layered.ts";
import type { Layout } from "../../../host/compiler/layout.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { ROOT } from "../../../host/compiler/root.ts";
import { planSpiking } from "../../../host/compiler/spiking/index.ts";
import { importModel } from "../../../host/importers/index.ts";
import type { Graph } from "../../../host/model/graph.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import type { Build } from "../../../host/module/manifest.ts";
import { readSections, SECTION_ID, writeSections } from "../../../host/module/wasm-binary.ts";
import { dataTest, readData } from "../../support/data.ts";

const BUILDS: readonly Build[] = ["mvp", "simd"];
const NETWORKS = [
  "demo-int8?input=features",
  "demo-spikes?input=features",
  "demo-spikes",
  "cuba",
  "izhikevich",
  "perceptron",
  "delay-line",
  "small-world",
];
// between them every kernel of the MLPerf Tiny models, the module that needs the global effects of calls, and layers of one
// position
const MODELS = [
  ...["kws_ref_model", "ad01_int8", "str_ww_ref_model", "pretrainedResnet_quant"].map(
    (name) => `models/${name}`,
  ),
  "models-public/vad",
];

/**
 * Behind a front end one local stands in another order: 5,534 bytes for 5,533. And where the kernel of convolutions is large and
 * called with unlike arguments, so do some of its own.
 */
const OTHER_ORDER: ReadonlySet<string> = new Set([
  "demo-spikes",
  "models/str_ww_ref_model",
  "models/pretrainedResnet_quant",
  "models-public/vad",
]);

for (const build of BUILDS) {
  const claim = (exact: boolean) =>
    exact ? "the bytes of asc's own main()" : "as good as asc's own main()";
  for (const name of NETWORKS) {
    const exact = build === "mvp" && !OTHER_ORDER.has(name);
    test(`net:${name}, ${build}: ${claim(exact)}`, async () => {
      await compare(await networkByName(`net:${name}`), build, exact);
    });
  }
  for (const name of MODELS) {
    const exact = build === "mvp" && !OTHER_ORDER.has(name);
    dataTest(`${name}, ${build}: ${claim(exact)}`, async () => {
      const file = `${name}.tflite`;
      await compare(await importModel(readData(file), file), build, exact);
    });
  }
}

test("asc's objections are raised with their place", async () => {
  const emitted: Emitted = {
    entry: "export const x: i32 = nothing;\n",
    files: new Map(),
    apart: [],
  };
  await expect(assemble(emitted, { pages: 1, memUsed: 0 }, "mvp")).rejects.toThrow(
    /Cannot find name 'nothing'[\s\S]*entry\.ts/,
  );
});

async function compare(graph: Graph, build: Build, exact: boolean): Promise<void> {
  const options = { ...DEFAULT_OPTIONS, build };
  const layout =
    graph.kind === "layered" ? layoutLayered(graph, options) : planSpiking(graph, options).layout;
  const emitted = emit(layout, "a network");
  const [ours, theirs] = [
    await assemble(emitted, layout, build),
    await ascMain(emitted, layout, build),
  ];
  if (exact) {
    expect(Buffer.from(ours).equals(theirs)).toBe(true);
    return;
  }
  // a few locals in another order; of a small module that is more than its share
  expect(ours.length).toBeLessThanOrEqual(theirs.length + Math.max(20, theirs.length * 0.005));
  // spikes are a list with a length of its own: none
  const input = graph.kind === "layered" ? randomBytes(layout.input.len) : new Uint8Array();
  const [memory, wanted] = [ours, theirs].map((code) => memoryAfter(code, layout, input));
  expect(memory && wanted && memory.equals(wanted)).toBe(true);
}

/** All memory after five steps on the same input. */
function memoryAfter(code: Uint8Array, layout: Layout, input: Uint8Array): Buffer {
  const sections = readSections(code).filter(({ id }) => id !== SECTION_ID.custom);
  const data = dataSection(layout.segments, layout.rom);
  const wasm = writeSections(data ? [...sections, data] : sections);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
  const { memory, init, step } = exports as {
    memory: WebAssembly.Memory;
    init: () => number;
    step: () => number;
  };
  init();
  new Uint8Array(memory.buffer, layout.input.ptr).set(input);
  for (let k = 0; k < 5; k++) step();
  return Buffer.from(memory.buffer);
}

function randomBytes(length: number): Uint8Array {
  const random = mulberry32(7);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
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
