/** The conformance table: every place a module runs, and every build it runs there. One suite for all rows. */
import { type CompileOptions, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import type { Build, Flavour, Rounding } from "../../host/model/manifest.ts";
import { localTarget, type Session, type Target } from "../../host/runtime/index.ts";

export type TargetRow = {
  readonly name: string;
  readonly target: Target;
  readonly build: Build;
  readonly flavour: Flavour;
};

const local = localTarget();

export const TARGETS: readonly TargetRow[] = [
  { name: "local, simd dot", target: local, build: "simd", flavour: "dot" },
  { name: "local, simd extmul", target: local, build: "simd", flavour: "extmul" },
  { name: "local, mvp", target: local, build: "mvp", flavour: "dot" },
];

export const ROUNDINGS: readonly Rounding[] = ["double", "single"];

/** Compiles for a row of the table and loads the module there. */
export async function open(
  { target, build, flavour }: TargetRow,
  graph: LayeredGraph,
  options: Partial<CompileOptions> = {},
): Promise<Session> {
  const { wasm } = await compile(graph, { ...DEFAULT_OPTIONS, ...options, build, flavour });
  return target.load(wasm);
}

/** One inference. */
export async function infer(session: Session, input: Int8Array): Promise<Int8Array> {
  const output = new Int8Array(session.outputBytes);
  await session.step(bytesOf(input), bytesOf(output));
  return output;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Where two outputs differ first, or null. Cheaper than a matcher, which prints every byte. */
export function difference(got: Int8Array, expected: Int8Array): string | null {
  if (got.length !== expected.length) return `${got.length} bytes, not ${expected.length}`;
  const at = got.findIndex((value, k) => value !== expected[k]);
  if (at < 0) return null;
  const count = got.filter((value, k) => value !== expected[k]).length;
  return `byte ${at} is ${got[at]}, not ${expected[at]}; ${count} of ${got.length} differ`;
}
