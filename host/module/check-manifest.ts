/** JSON → Manifest: every field with its type, before anyone relies on it. */
import { fail } from "../errors.ts";
import {
  FLAVOURS,
  type Manifest,
  type ManifestTensor,
  type MemoryEntry,
  type SampleStream,
  SCHEMA,
  type SelfTest,
} from "./manifest.ts";

type Json = Readonly<Record<string, unknown>>;

/** Raises MODULE_ABI for another schema, MODULE_FORMAT for a field that is missing or of another type. */
export function readManifest(json: unknown): Manifest {
  const m = object(json, "manifest");
  const schema = integer(m, "schema");
  if (schema !== SCHEMA) fail("MODULE_ABI", "manifest schema", `${schema}`, `${SCHEMA}`);
  const source = object(m.source, "manifest source");
  return {
    schema,
    compiler: text(m, "compiler"),
    build: oneOf(m, "build", ["mvp", "simd"]),
    flavour: m.flavour === null ? null : oneOf(m, "flavour", FLAVOURS),
    profile: oneOf(m, "profile", ["pure"]),
    rounding: oneOf(m, "rounding", ["double", "single"]),
    source: {
      name: text(source, "name"),
      format: text(source, "format"),
      sha256: text(source, "sha256"),
    },
    options: options(m.options),
    inputs: list(m, "inputs").map(tensor),
    outputs: list(m, "outputs").map(tensor),
    labels: m.labels === null ? null : list(m, "labels").map((label) => string(label, "labels")),
    dtSeconds: m.dtSeconds === null ? null : positive(m, "dtSeconds"),
    stepsHint: integer(m, "stepsHint"),
    macs: integer(m, "macs"),
    neurons: integer(m, "neurons"),
    synapses: integer(m, "synapses"),
    memory: list(m, "memory").map(memoryEntry),
    ...(m.kernels === undefined
      ? {}
      : { kernels: list(m, "kernels").map((name) => string(name, "kernels")) }),
    ...(m.rom === undefined ? {} : { rom: m.rom === null ? null : range(m.rom) }),
    codeSha256: text(m, "codeSha256"),
    selfTest: m.selfTest === null ? null : selfTest(m.selfTest),
  };
}

function range(json: unknown): { readonly ptr: number; readonly len: number } {
  const r = object(json, "manifest rom");
  return { ptr: integer(r, "ptr"), len: integer(r, "len") };
}

function tensor(json: unknown): ManifestTensor {
  const t = object(json, "manifest tensor");
  return {
    name: text(t, "name"),
    shape: list(t, "shape").map((d) => whole(d, "shape")),
    dtype: oneOf(t, "dtype", ["i8", "u8", "i16", "i32"]),
    edge: oneOf(t, "edge", ["i8", "u8", "i16", "i32", "f32", "spike", "value"]),
    scale: positive(t, "scale"),
    zeroPoint: number(t, "zeroPoint"),
    ...(t.maxCount === undefined ? {} : { maxCount: countLimit(t) }),
    ...(t.sampleRateHz === undefined ? {} : sampleStream(t)),
  };
}

function sampleStream(t: Json): SampleStream {
  return {
    sampleRateHz: positive(t, "sampleRateHz"),
    unit: text(t, "unit"),
    hop: integer(t, "hop"),
    channels: integer(t, "channels"),
  };
}

function countLimit(from: Json): number {
  const value = integer(from, "maxCount");
  return value >= 1 && value <= 255 ? value : wrong("maxCount", value, "1 to 255");
}

const MEMORY_KINDS = [
  "input",
  "output",
  "state",
  "activation",
  "layer",
  "scratch",
  "constant",
  "counters",
  "trace",
] as const;

const DTYPES = ["u8", "i16", "u16", "i32"] as const;

/** What --dump-layers makes a file of. */
const LAYER_NAME = /^op\d{2,6}_[A-Z0-9_]{1,60}$/;

function memoryEntry(json: unknown): MemoryEntry {
  const m = object(json, "manifest memory");
  const [name, kind] = [text(m, "name"), oneOf(m, "kind", MEMORY_KINDS)];
  if (kind === "layer" && !LAYER_NAME.test(name)) {
    wrong("layer name", name, "opNN_KIND in capital letters");
  }
  return {
    ...{ name, kind },
    ptr: integer(m, "ptr"),
    len: integer(m, "len"),
    ...(m.dtype === undefined ? {} : { dtype: oneOf(m, "dtype", DTYPES) }),
    ...(m.scale === undefined ? {} : { scale: number(m, "scale") }),
    ...(m.zeroPoint === undefined ? {} : { zeroPoint: number(m, "zeroPoint") }),
    ...(m.shape === undefined ? {} : { shape: list(m, "shape").map((d) => whole(d, "shape")) }),
  };
}

function selfTest(json: unknown): SelfTest {
  const s = object(json, "manifest selfTest");
  return { steps: integer(s, "steps"), input: text(s, "input"), output: text(s, "output") };
}

function options(json: unknown): Manifest["options"] {
  const found = object(json, "manifest options");
  for (const [name, value] of Object.entries(found)) {
    if (!["string", "number", "boolean"].includes(typeof value)) {
      wrong(`options.${name}`, value, "text, a number or a boolean");
    }
  }
  return found as Manifest["options"];
}

function object(json: unknown, where: string): Json {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
  return wrong(where, json, "an object");
}

function list(from: Json, field: string): readonly unknown[] {
  const value = from[field];
  return Array.isArray(value) ? value : wrong(field, value, "a list");
}

const text = (from: Json, field: string): string => string(from[field], field);

function string(value: unknown, field: string): string {
  return typeof value === "string" ? value : wrong(field, value, "text");
}

function number(from: Json, field: string): number {
  const value = from[field];
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : wrong(field, value, "a finite number");
}

function positive(from: Json, field: string): number {
  const value = number(from, field);
  return value > 0 ? value : wrong(field, value, "a number above 0");
}

const integer = (from: Json, field: string): number => whole(from[field], field);

function whole(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return wrong(field, value, "a whole number ≥ 0");
}

function oneOf<T extends string>(from: Json, field: string, allowed: readonly T[]): T {
  const value = allowed.find((candidate) => candidate === from[field]);
  return value ?? wrong(field, from[field], allowed.join(" or "));
}

function wrong(field: string, value: unknown, expected: string): never {
  return fail(
    "MODULE_FORMAT",
    `manifest ${field}`.replace("manifest manifest", "manifest"),
    shown(value),
    expected,
  );
}

/** Short, and without a walk through what may be nested without end. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value).slice(0, 60);
}
