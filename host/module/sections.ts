/** The lists in a module's sections: types, indices, globals, exports, each as far as the checks need them. */
import { fail } from "../errors.ts";
import type { Manifest } from "./manifest.ts";
import { ByteReader } from "./wasm-binary.ts";
import { OPCODE, VALUE_TYPE, valueTypes } from "./wasm-code.ts";

export const EXPORT_KIND = { function: 0, memory: 2, global: 3 } as const;
const KNOWN: ReadonlySet<string> = new Set(["memory", "init", "step"]);
/** Globals, which a later minor version may have more of; and kernels, k1_ and a name (kernels.ts). */
const NAME = /^[a-z_]{1,32}$/;
const KERNEL_NAME = /^k1_[A-Za-z0-9_]{1,29}$/;

export function readTypes(body: Uint8Array | undefined, manifest: Manifest): readonly string[] {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  const allowed = valueTypes(manifest.build);
  const names = new Map<number, string>(Object.entries(VALUE_TYPE).map(([n, t]) => [t, n]));
  const list = (): string =>
    Array.from({ length: boundedCount(reader) }, () => {
      const type = reader.byte();
      if (!allowed.has(type)) fail("MODULE_FORMAT", "types", `value type ${type}`, "integers");
      return names.get(type);
    }).join(", ");
  return Array.from({ length: boundedCount(reader) }, () => {
    if (reader.byte() !== 0x60) fail("MODULE_FORMAT", "types", "another form", "function types");
    const parameters = list();
    return `(${parameters}) → ${list()}`;
  });
}

export function readIndices(body: Uint8Array | undefined): readonly number[] {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  return Array.from({ length: boundedCount(reader) }, () => reader.u32());
}

/** Values of the globals: immutable i32 constants, so that no state hides outside linear memory. */
export function readGlobals(body: Uint8Array | undefined): readonly number[] {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  return Array.from({ length: boundedCount(reader) }, (_, k) => {
    const [type, mutable, opcode] = [reader.byte(), reader.byte(), reader.byte()];
    if (type !== VALUE_TYPE.i32 || mutable !== 0 || opcode !== 0x41) {
      fail("MODULE_ABI", `global ${k}`, "another kind", "an immutable i32 constant");
    }
    const value = reader.i32();
    if (reader.byte() !== OPCODE.end) fail("MODULE_ABI", `global ${k}`, "more", "one constant");
    return value;
  });
}

export type Export = { readonly kind: number; readonly index: number };

export function readExports(body: Uint8Array | undefined): ReadonlyMap<string, Export> {
  const reader = new ByteReader(body ?? Uint8Array.of(0));
  const exports = new Map<string, Export>();
  for (let k = boundedCount(reader); k > 0; k--) {
    const name = reader.name();
    const found = { kind: reader.byte(), index: reader.u32() };
    if (!isOurs(name, found.kind)) {
      const expected = "memory, init, step, kernels k1_…, globals";
      fail("MODULE_ABI", "exports", JSON.stringify(name.slice(0, 40)), expected);
    }
    exports.set(name, found);
  }
  return exports;
}

const isOurs = (name: string, kind: number): boolean =>
  kind === EXPORT_KIND.function && KERNEL_NAME.test(name)
    ? true
    : NAME.test(name) && (kind === EXPORT_KIND.global || KNOWN.has(name));

/** A count that the bytes left could hold, at least one byte each. */
export function boundedCount(reader: ByteReader): number {
  const count = reader.u32();
  if (count <= reader.end - reader.position) return count;
  return fail("MODULE_FORMAT", "module", `a list of ${count}`, "a list that fits its section");
}
