/** Which constants a board may leave in flash: those that only kernels read which it computes itself. */
import { nativeKernelOf } from "../module/kernels.ts";
import type { BlockPool } from "./block-pool.ts";
import type { Range, Segment } from "./layout.ts";
import type { KernelCall } from "./lowering.ts";
import type { CompileOptions } from "./options.ts";

/** Kernels may read so far past a constant, as past any other buffer; a multiple of 16. */
const SLACK = 16;

/** Whether boards may compute kernels of the module themselves. */
export const isReplaceable = ({ build, interpreted }: CompileOptions): boolean =>
  build === "mvp" && !interpreted;

/** Whether every call is of a kernel that boards may compute themselves. */
export const isNative = (
  { init, step }: { readonly init: readonly KernelCall[]; readonly step: readonly KernelCall[] },
  options: CompileOptions,
): boolean =>
  isReplaceable(options) && [...init, ...step].every((call) => nativeKernelOf(call) !== undefined);

export const romBytes = (pool: BlockPool): number =>
  pool.bytes === 0 ? 0 : Math.ceil(pool.bytes / SLACK) * SLACK + SLACK;

/** One piece, zeros between and behind the constants included: it is read where it lies in the module. */
export function romSegment(pool: BlockPool, { ptr, len }: Range): Segment | null {
  if (len === 0) return null;
  const bytes = new Uint8Array(len);
  for (const segment of pool.segments(0)) bytes.set(segment.bytes, segment.ptr);
  return { ptr, bytes };
}
