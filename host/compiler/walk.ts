/** The order in which kernels visit two strided operands: written for assembly/fixed/walk.ts. */
import { at } from "../model/at.ts";
import type { ConstantBlock } from "./lowering.ts";

/** `strides`: bytes from one element to the next along this axis, in each of the two operands. */
export type Axis = { readonly extent: number; readonly strides: Pair };

type Pair = readonly [number, number];

export type Walk = {
  /** elements of one run: the innermost axis */
  readonly run: number;
  /** bytes per element within a run */
  readonly steps: Pair;
  readonly runs: number;
  /** the axes outside the run; null with one run */
  readonly block: ConstantBlock | null;
};

/**
 * @param axes  outermost first, every extent positive
 * @param dense the elements of a run must be neighbours in both operands: runs of one where they are not
 * @param bytes of an element
 */
export function walk(axes: readonly Axis[], dense = false, bytes = 1): Walk {
  const merged = merge(axes.filter(({ extent }) => extent > 1));
  const apart = merged.at(-1)?.strides.some((stride) => stride !== bytes);
  const single: Axis = { extent: 1, strides: [bytes, bytes] };
  const inner = dense && apart ? single : (merged.pop() ?? single);
  const entries: number[] = [];
  let [period, backA, backB] = [1, 0, 0];
  for (const { extent, strides } of merged.reverse()) {
    entries.unshift(period, strides[0] - backA, strides[1] - backB);
    period *= extent;
    backA += (extent - 1) * strides[0];
    backB += (extent - 1) * strides[1];
  }
  return {
    run: inner.extent,
    steps: inner.strides,
    runs: period,
    block: entries.length > 0 ? { name: "axes", bytes: int32Bytes(entries), align: 4 } : null,
  };
}

export function int32Bytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, k) => {
    view.setInt32(4 * k, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** Neighbouring axes that both operands cross in even steps are one axis. */
function merge(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    const even = outer?.strides.every((s, k) => s === axis.extent * at(axis.strides, k));
    if (outer && even) {
      merged[merged.length - 1] = { extent: outer.extent * axis.extent, strides: axis.strides };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

/** Distance between neighbours along every axis of a row-major tensor, whose elements have so many bytes. */
export function stridesOf(shape: readonly number[], bytes = 1): readonly number[] {
  let stride = bytes;
  return shape
    .toReversed()
    .map((extent) => {
      const own = stride;
      stride *= extent;
      return own;
    })
    .reverse();
}
