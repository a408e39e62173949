/** Puts constants into a finished module as active data segments: asc would need seconds to read them as source. */
import { concat, i32, SECTION_ID, u32 } from "../module/wasm-binary.ts";
import type { Segment } from "./layout.ts";

/** A segment costs at most 1 + 1 + 5 + 1 + 5 bytes besides its own: shorter runs of zeros are cheaper left in. */
const SEGMENT_OVERHEAD = 13;

/**
 * The data section for these segments, or null when every byte is zero.
 *
 * @param rom the last segment, whole
 */
export function dataSection(
  segments: readonly Segment[],
  rom: Segment | null = null,
): { readonly id: number; readonly body: Uint8Array } | null {
  const pieces = segments.flatMap(dropZeros);
  // joined at the end: to copy what there is for each piece would cost its square
  const merged: { readonly ptr: number; readonly parts: Uint8Array[]; end: number }[] = [];
  for (const { ptr, bytes } of pieces) {
    const previous = merged.at(-1);
    const gap = previous ? ptr - previous.end : Infinity;
    const end = ptr + bytes.length;
    if (previous && gap <= SEGMENT_OVERHEAD) {
      previous.parts.push(new Uint8Array(gap), bytes);
      previous.end = end;
    } else {
      merged.push({ ptr, parts: [bytes], end });
    }
  }
  if (rom) merged.push({ ptr: rom.ptr, parts: [rom.bytes], end: rom.ptr + rom.bytes.length });
  if (merged.length === 0) return null;
  const body = merged.flatMap(({ ptr, parts, end }) => [
    [0x00, 0x41, ...i32(ptr), 0x0b, ...u32(end - ptr)],
    ...parts,
  ]);
  return { id: SECTION_ID.data, body: concat([u32(merged.length), ...body]) };
}

/** Splits a segment at runs of zeros too long to be worth storing: linear memory starts as zeros. */
function dropZeros({ ptr, bytes }: Segment): Segment[] {
  const pieces: Segment[] = [];
  let start = 0;
  while (start < bytes.length) {
    while (start < bytes.length && bytes[start] === 0) start++;
    let end = start;
    for (let zeros = 0, k = start; k < bytes.length && zeros <= SEGMENT_OVERHEAD; k++) {
      zeros = bytes[k] === 0 ? zeros + 1 : 0;
      if (zeros === 0) end = k + 1;
    }
    if (end > start) pieces.push({ ptr: ptr + start, bytes: bytes.subarray(start, end) });
    start = end > start ? end : bytes.length;
  }
  return pieces;
}
