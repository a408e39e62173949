/** The buffer of MLPerf's `db`, which a board takes beside a model of one of its tasks (firmware/core/tw_db.c). */
import { blockSize } from "./footprint/index.ts";

/** TW_DB_MAX */
export const MLPERF_BUFFER_BYTES = 27_648;
/** by how much tw_db_take() lowers what it asks for */
const LESS = 16;

/**
 * What the buffer holds in an arena of `arenaBytes` bytes that is full up to `from`: all of it, or what is left.
 *
 * @returns its bytes, and those that its block takes of the arena; 0 and 0 where there is none
 */
export function mlperfBuffer(
  from: number,
  arenaBytes: number,
): { readonly bytes: number; readonly blockBytes: number } {
  const left = arenaBytes - from;
  const block = (bytes: number) => ({ bytes, blockBytes: blockSize(bytes) });
  if (blockSize(MLPERF_BUFFER_BYTES) <= left) return block(MLPERF_BUFFER_BYTES);
  for (let bytes = Math.min(MLPERF_BUFFER_BYTES, left); bytes >= LESS; ) {
    bytes -= LESS;
    if (blockSize(bytes) <= left) return block(bytes);
  }
  return { bytes: 0, blockBytes: 0 };
}
