/**
 * Walks two strided operands run by run, in the order of the outer axes. An axis is three i32, outermost first:
 *
 *     0  period   runs from one move of this axis to the next, 1 for the innermost
 *     4  moveA    bytes from the start of the run before to the start of the next, first operand
 *     8  moveB    the same, second operand
 *
 * A move of an axis takes back those of all axes inside it. Written by host/compiler/walk.ts.
 */

/** The axis that moves before run number `run` (the first is 0 and needs no move). */
export function movingAxis(axes: usize, run: i32): usize {
  while (run % load<i32>(axes) !== 0) axes += 12;
  return axes;
}

export function moveA(axis: usize): i32 {
  return load<i32>(axis, 4);
}

export function moveB(axis: usize): i32 {
  return load<i32>(axis, 8);
}
