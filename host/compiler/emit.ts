/** Plan → AssemblyScript: one `entry.ts` per model, straight lines that call kernels of assembly/ with literal addresses. */
import { KERNEL_PREFIX, type NativeKernel, nativeKernelOf } from "../module/kernels.ts";
import { ABI } from "../module/manifest.ts";
import type { Layout, PlacedCall } from "./layout.ts";
import { comment, literal } from "./literal.ts";
import type { KernelCall } from "./lowering.ts";
import { type Specialised, specialise } from "./specialise.ts";

export type Emitted = {
  readonly entry: string;
  /** generated files by path with .ts: kernels with their sizes */
  readonly files: ReadonlyMap<string, string>;
  /** functions, by the names asc gives them, whose loops a long straight line of calls must not take over */
  readonly apart: readonly string[];
};

export const ENTRY = "entry.ts";

/**
 * @param more globals that the module exports besides those that every module has
 * @param replaceable kernels that boards may have themselves are exported under their names
 */
export function emit(
  layout: Layout,
  title: string,
  more: Readonly<Record<string, number>> = {},
  replaceable = false,
): Emitted {
  const special: Specialised = { paths: new Map(), texts: new Map() };
  const imports = new Map<string, string>();

  const importOf = (kernel: KernelCall): string => {
    const path = specialise(kernel.file, kernel.shape, special);
    const [exported, types = ""] = kernel.entry.split(/(?=<)/);
    const key = `${exported} ${path}`;
    const name = imports.get(key) ?? `k${imports.size}`;
    imports.set(key, name);
    return name + types;
  };
  const exported = new Map<string, string>();
  const functionOf = (kernel: KernelCall): string => {
    const native = replaceable ? nativeKernelOf(kernel) : undefined;
    if (native === undefined) return importOf(kernel);
    const name = KERNEL_PREFIX + native.name;
    if (!exported.has(name)) exported.set(name, exportedKernel(native, importOf(kernel)));
    return name;
  };
  const lines = (calls: readonly PlacedCall[]): string[] =>
    calls.map((call) => {
      const args = call.args.map((value) => literal(value, call.comment));
      const text = `  ${functionOf(call.kernel)}(${args.join(", ")});`;
      return `${text} // ${comment(call.comment)}`;
    });
  const init = inParts("init", lines(layout.init));
  const step = inParts("step", lines(layout.step));
  const round = inParts("round", lines(layout.rounds?.calls ?? []));

  const { input, output, state, counters } = layout;
  const globals = {
    abi: ABI,
    in_ptr: input.ptr,
    in_len: input.len,
    out_ptr: output.ptr,
    out_len: output.len,
    state_ptr: state.ptr,
    state_len: state.len,
    cnt_ptr: counters.ptr,
    cnt_len: counters.len,
    mem_used: layout.memUsed,
    rom_len: layout.rom?.bytes.length ?? 0,
    steps_hint: layout.stepsHint,
    ...more,
  };
  const entry = [
    `// ${comment(title)}`,
    ...[...imports].map(([key, name]) => {
      const [exported, path] = key.split(" ");
      return `import { ${exported} as ${name} } from "./${path}";`;
    }),
    "",
    ...Object.entries(globals).map(
      ([name, value]) => `export const ${name}: i32 = ${literal(value, name)};`,
    ),
    "",
    ...exported.values(),
    ...init.functions,
    ...step.functions,
    ...round.functions,
    "export function init(): i32 {",
    ...[0, 8, 16, 24].map((k) => `  store<u64>(cnt_ptr + ${k}, 0);`),
    ...init.body,
    "  return 0;",
    "}",
    "",
    "export function step(): i32 {",
    ...step.body,
    ...rounds(layout.rounds?.times, round.body),
    "  store<u64>(cnt_ptr, load<u64>(cnt_ptr) + 1);",
    "  return 0;",
    "}",
    "",
  ].join("\n");
  const longest = Math.max(...[layout.init, layout.step].map(({ length }) => length));
  return {
    entry,
    files: special.texts,
    apart: [
      ...(longest > MANY ? [...imports.keys()].map(asNamed) : []),
      // what a board may have itself must be called, not inlined into what calls it
      ...[...exported.keys()].map((name) => asNamed(`${name} entry`)),
    ],
  };
}

/**
 * WASM3 spends C stack on every loop that a function has come past, until it returns: a board's 8 KiB are the loops of
 * some forty kernels that Binaryen put into one `step`. Shorter lines are the bytes of asc.
 */
const MANY = 16;

/** asc's name of "exported path". */
const asNamed = (key: string): string => {
  const [exported, path] = key.split(" ");
  return `${path}/${exported}`;
};

/** A kernel under its own name, with all of its parameters, which no optimisation may take from it then. */
function exportedKernel({ name, parameters }: NativeKernel, kernel: string): string {
  const names = [...parameters].map((_, k) => `a${k}`);
  const typed = names.map((p, k) => `${p}: ${parameters[k] === "I" ? "i64" : "i32"}`);
  return `export function ${KERNEL_PREFIX}${name}(${typed.join(", ")}): void { ${kernel}(${names.join(", ")}); }\n`;
}

const rounds = (times: number | undefined, body: readonly string[]): string[] =>
  times === undefined
    ? []
    : [
        `  for (let k = 0; k < ${literal(times, "rounds")}; ++k) {`,
        ...body.map((line) => `  ${line}`),
        "  }",
      ];

/** Binaryen's time grows with the square of a function's length: far above any network that a board holds. */
const LONGEST = 512;
/** Too long for Binaryen to inline again where there is one caller. */
const PART = 128;

/** The lines as the body of a function; of more than LONGEST as calls of functions of their own, in order. */
function inParts(name: string, lines: readonly string[]): { functions: string[]; body: string[] } {
  if (lines.length <= LONGEST) return { functions: [], body: [...lines] };
  const count = Math.ceil(lines.length / PART);
  const names = Array.from({ length: count }, (_, k) => `${name}_${k}`);
  return {
    functions: names.flatMap((part, k) => [
      `function ${part}(): void {`,
      ...lines.slice(k * PART, (k + 1) * PART),
      "}",
      "",
    ]),
    body: names.map((part) => `  ${part}();`),
  };
}
