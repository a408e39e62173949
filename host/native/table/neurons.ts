/** Neurons: what their kernels read and write. Types and sizes as above each kernel in assembly/neurons/. */
import { byHand, type KernelRow, rowsOf } from "./row.ts";

const COUNTERS = "out counters i64[4]";
/** Spikes of n neurons, and their events behind those that the list has. */
const SPIKES = `
  out spikes u8[n]
  room events n
  ${COUNTERS}`;
/** Those of a stride of 0 are shared. */
const parameters = (bytes: number, n = "n"): string => `
  where stride % 4 == 0
  in parameters i8@4[stride * (${n} - 1) + ${bytes}]`;
/** Sums that arrive, and the receptor that takes them. */
const RECEPTOR = `
  where 1 <= slots
  ring position slots none
  out ring i32[slots * n]
  out s i32[n]
  out total i32[n]
  ${parameters(8)}
  ${COUNTERS}`;

export const NEURONS: readonly KernelRow[] = [
  ...byHand(
    rowsOf("neurons/lif-lanes", {
      lifLanes: `
      where 1 <= n
      out v u8@4[(n + 15) / 16 * 32]
      in parameters u64[6]
      out spikes u8[n]
      out events i32[2 + 2 * n]
      ${COUNTERS}`,
    }),
  ),
  ...rowsOf("neurons/membrane", {
    membrane: `
      where from <= to
      where 1 <= to
      out v i32[to]
      in total i32[to]
      out? refractory i32[to]
      ${parameters(16, "to")}
      out spikes u8[to]
      room events to
      ${COUNTERS}`,
  }),
  ...rowsOf("neurons/receptor", { receptor: RECEPTOR, memoryless: RECEPTOR }),
  ...rowsOf("neurons/cuba-lif", {
    cubaLif: `
      where two <= 1
      out v i32[n]
      out s0 i32[n]
      out s1 i32[two * n]
      out? frozen u8[n]
      key parameters i32[13]
      fused queue frozen n word(parameters, 36)
      where events(events) <= n
      ${SPIKES}`,
  }),
  ...rowsOf("neurons/arrive", {
    arrive: `
      where 1 <= slots
      ring position slots none
      out ring i32[slots * n]
      out s i32[n]`,
  }),
  ...rowsOf("neurons/rest", {
    restEach: `
      out refractory i32[events(events)]
      in steps i32[events(events)]`,
  }),
  // eight silent inputs are looked at together: the last of them may belong to others
  ...rowsOf("neurons/input", {
    inputCounts: `
      in input u8[n + 7]
      out events i32[2 + 2 * n]`,
    inputValues: `
      in input i16[n]
      out events i32[2 + 2 * n]`,
  }),
];
