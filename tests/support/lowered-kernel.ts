/**
 * Runs what the compiler lowers one operator to, on kernels compiled once: thousands of graphs in the time in which asc
 * compiles one. Every byte that the operator must not write is guarded.
 */
import type { Arg, Lowering } from "../../host/compiler/lowering.ts";
import { type Kernel, kernel } from "./kernel.ts";
import { randomInput } from "./random-graph.ts";

/** @returns the output; throws where a guarded byte changed */
export type RunLowered = (lowering: Lowering, input: Int8Array, outputBytes: number) => Int8Array;

const FIRST = 64;
/** Kernels may read, never write, this far past a buffer. */
const SLACK = 64;

/** @param files entry points by file below assembly/: { "layers/copy": "copy" } */
export async function loweredKernels(
  files: Readonly<Record<string, string>>,
  pages: number,
): Promise<RunLowered> {
  const modules = new Map<string, Kernel<string>>();
  for (const [file, entry] of Object.entries(files)) {
    modules.set(file, await kernel(`assembly/${file}.ts`, { pages }, entry));
  }
  return (lowering, input, outputBytes) => {
    const [call] = lowering.step;
    const module = modules.get(call?.file ?? "");
    const entry = call && module?.[call.entry];
    if (!entry || lowering.step.length > 1) throw new Error(`no kernel ${call?.file}`);

    let end = FIRST;
    const area = (bytes: number): number => {
      const at = Math.ceil(end / 16) * 16;
      end = at + bytes + SLACK;
      return at;
    };
    const inputAt = area(input.length);
    const outputAt = area(outputBytes);
    const constants = lowering.constants.map(({ bytes }) => area(bytes.length));
    const scratch = area(lowering.scratchBytes);
    const address = (arg: Arg): number => {
      if (typeof arg === "number") return arg;
      if ("input" in arg) return inputAt;
      if ("output" in arg) return outputAt;
      return "constant" in arg ? (constants[arg.constant] ?? 0) : scratch;
    };

    const bytes = new Uint8Array(module.memory.buffer, 0, end);
    bytes.set(randomInput(end, end));
    bytes.set(input, inputAt);
    lowering.constants.forEach((block, k) => {
      bytes.set(block.bytes, constants[k]);
    });
    const before = bytes.slice();
    entry(...call.args.map(address));
    const output = new Int8Array(bytes.slice(outputAt, outputAt + outputBytes).buffer);
    before.set(bytes.subarray(outputAt, outputAt + outputBytes), outputAt);
    before.set(bytes.subarray(scratch, scratch + lowering.scratchBytes), scratch);
    if (Buffer.compare(bytes, before) !== 0) {
      const at = bytes.findIndex((byte, k) => byte !== before[k]);
      const areas = `output at ${outputAt}, scratch at ${scratch}`;
      throw new Error(`${call.entry} wrote to byte ${at} of ${end}: ${areas}`);
    }
    return output;
  };
}
