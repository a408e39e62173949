/** The firmware's kernels as a program that is asked call by call, and the same kernels in V8. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KERNEL_FLAGS } from "../../host/firmware/flags.ts";
import { NATIVE_KERNELS } from "../../host/module/kernels.ts";
import { kernelModule, parametersOf } from "../../host/native/source.ts";
import { link, ownSource, programFile, type Source } from "./firmware-program.ts";
import { type Callable, compare, type Tally } from "./kernel-calls.ts";
import { drawCall } from "./weighted-calls.ts";

export const KERNELS = fileURLToPath(new URL("../../firmware/kernels/", import.meta.url));

const FLAGS = [...KERNEL_FLAGS, "-DTW_EXTENTS_WATCHED", "-I", KERNELS];

/** @param bits 32: as on a board, where a body's addresses are the machine's own */
export function kernelProgram(bits: 32 | 64): string {
  const flags = [...FLAGS, `-m${bits}`];
  const files = readdirSync(KERNELS).filter((file) => file.endsWith(".c"));
  const sources: Source[] = [
    ownSource(programFile("kernels.c"), flags),
    ...files.map((file) => ownSource(join(KERNELS, file), flags)),
  ];
  return link(`kernels-${bits}`, sources, [`-m${bits}`]);
}

export const CALLABLE: readonly Callable[] = NATIVE_KERNELS.map((row, number) => ({
  name: row.name,
  number,
  parameters: parametersOf(row),
}));

export type Campaign = {
  readonly findings: readonly string[];
  readonly tally: ReadonlyMap<string, Tally>;
};

/** So many at a time: what a pipe and memory hold with ease. */
const BATCH = 2000;
const MOST_FINDINGS = 20;

/** @param hostility share of calls whose arguments are mostly corners */
export async function campaign(
  bits: 32 | 64,
  from: number,
  count: number,
  hostility: number,
): Promise<Campaign> {
  const { instance } = await WebAssembly.instantiate(
    (await kernelModule(NATIVE_KERNELS)) as BufferSource,
    {},
  );
  const program = kernelProgram(bits);
  const tally = new Map<string, Tally>();
  const findings: string[] = [];
  for (let k = from; k < from + count && findings.length < MOST_FINDINGS; k += BATCH) {
    const length = Math.min(BATCH, from + count - k);
    const calls = Array.from({ length }, (_, j) => drawCall(CALLABLE, k + j, hostility));
    findings.push(...(await compare(program, calls, instance.exports, tally)));
  }
  return { findings, tally };
}

/** Totals, and whichever kernel ran least. */
export function summaryOf(tally: ReadonlyMap<string, Tally>): string {
  const rows = [...tally];
  const total = (key: keyof Tally): number => rows.reduce((n, [, one]) => n + one[key], 0);
  const [least] = rows.sort(([, a], [, b]) => a.ran - b.ran);
  const rarest = least === undefined ? "" : `; least of all ${least[0]}, ${least[1].ran}`;
  return `${total("ran")} calls ran, ${total("trapped")} trapped, ${total("refused")} were refused${rarest}`;
}
