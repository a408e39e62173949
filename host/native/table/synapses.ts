/** Synapses: what their kernels read and write. Types and sizes as above each kernel in assembly/synapses/. */
import { type KernelRow, rowsOf } from "./row.ts";

const COUNTERS = "out counters i64[4]";
/** Where sums arrive: i32[slots][n]. */
const TARGET = `
  where 1 <= slots
  ring position slots ahead
  out ring i32[slots * n]
  ${COUNTERS}`;
const dense = (type: string): string => `
  in weights ${type}[events(events) * n]
  ${TARGET}`;
/** Lists: every target is a neuron, every delay a slot of the ring. */
const rows = (lists: string): string => `
  where 0 <= events(events)
  rows ${lists}
  late ahead slots n
  ${TARGET}`;
/** The same where the position is asked for in a ring of one slot too. */
const delayed = (lists: string): string => `
  where 1 <= delays
  ${rows(lists)}
  ring position slots ahead always`;
export const SYNAPSES: readonly KernelRow[] = [
  ...rowsOf("synapses/sparse", {
    "sparse=sparse<u32>": rows("rows synapses 4 2 none none 0"),
    "sparse_u16=sparse<u16>": rows("rows synapses 2 1 none none 0"),
    sparseApart: rows("rows targets 2 2 none weights 1"),
    "sparseDelayed=sparseDelayed<u32>": delayed("rows synapses 4 2 delays none 0"),
  }),
  ...rowsOf("synapses/dense", {
    "dense_i8=dense<i8>": dense("i8"),
    "dense_i16=dense<i16>": dense("i16"),
  }),
  ...rowsOf("synapses/lanes", {
    denseLanes: `
      in weights i8@4[events(events) * words * 8]
      out v i8@4[16 * words]
      ${COUNTERS}`,
    wideLanes: `
      where bytes % 32 == 0
      where 32 <= bytes
      in weights i8@4[events(events) * bytes]
      out v i8@4[bytes]
      ${COUNTERS}`,
    "sparseLanes_u8=sparseLanes<u8>": `
      where 0 <= events(events)
      lanes rows groups 1 v
      ${COUNTERS}`,
    "sparseLanes_u16=sparseLanes<u16>": `
      where 0 <= events(events)
      lanes rows groups 2 v
      ${COUNTERS}`,
  }),
];
