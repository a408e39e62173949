/** Modules from AssemblyScript text, with a manifest of the right hash: whatever else is wrong with them is on purpose. */
import { createHash } from "node:crypto";
import asc from "assemblyscript/asc";
import { type Build, type Manifest, SCHEMA, SECTION } from "../../host/module/manifest.ts";
import { customSection, readSections, writeSections } from "../../host/module/wasm-binary.ts";

export const GLOBALS: Readonly<Record<string, number>> = {
  abi: 0x10000,
  in_ptr: 16,
  in_len: 8,
  out_ptr: 24,
  out_len: 8,
  state_ptr: 32,
  state_len: 0,
  cnt_ptr: 32,
  cnt_len: 32,
  mem_used: 128,
  rom_len: 0,
  steps_hint: 1,
};

export const exportGlobals = (globals: Readonly<Record<string, number>>): string =>
  Object.entries(globals)
    .map(([name, value]) => `export const ${name}: i32 = ${value};`)
    .join("\n");

export const INIT_AND_STEP = `
export function init(): i32 { return 0; }
export function step(): i32 { store<u64>(24, load<u64>(16)); return 0; }`;

export type Handmade = {
  readonly source: string;
  readonly build?: Build;
  readonly flags?: readonly string[];
  readonly manifest?: Partial<Manifest>;
};

export async function handmade({ source, build, flags, manifest }: Handmade): Promise<Uint8Array> {
  const written = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      "entry.ts",
      ...["-O1", "--runtime", "stub", "--noAssert", "--outFile", "entry.wasm"],
      ...(flags ?? ["--initialMemory", "1", "--maximumMemory", "1"]),
    ],
    {
      readFile: (name) => (name === "entry.ts" ? source : null),
      writeFile: (name, data) => void written.set(name, data as Uint8Array),
      listFiles: () => [],
    },
  );
  const wasm = written.get("entry.wasm");
  if (error || !wasm) throw new Error(stderr.toString(), { cause: error });
  return withManifest(wasm, { build: build ?? "mvp", ...manifest });
}

export function withManifest(code: Uint8Array, changes: Partial<Manifest>): Uint8Array {
  const tensor = { shape: [8], dtype: "i8", edge: "i8", scale: 1, zeroPoint: 0 } as const;
  const sections = readSections(code).map(({ id, body }) => ({ id, body }));
  const manifest: Manifest = {
    schema: SCHEMA,
    compiler: "by hand",
    build: "mvp",
    flavour: null,
    profile: "pure",
    rounding: "double",
    source: { name: "by hand", format: "graph", sha256: "" },
    options: {},
    inputs: [{ name: "in", ...tensor }],
    outputs: [{ name: "out", ...tensor }],
    labels: null,
    dtSeconds: null,
    stepsHint: 1,
    macs: 0,
    neurons: 0,
    synapses: 0,
    memory: [],
    codeSha256: createHash("sha256").update(writeSections(sections)).digest("hex"),
    selfTest: null,
    ...changes,
  };
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  return writeSections([...sections, customSection(SECTION, payload)]);
}
