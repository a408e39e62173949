/**
 * The newest row behind the rows before it: i8 rows[length] moves down by a row. While `waiting` is above 0 the row is of a
 * window that is not full yet: it counts down, and nothing else.
 *
 * @param rows    a multiple of four
 * @param bytes   of a row; divides length
 * @param waiting i32
 */
export function push(row: usize, bytes: i32, rows: usize, length: i32, waiting: usize): void {
  const left = load<i32>(waiting);
  if (left > 0) {
    store<i32>(waiting, left - 1);
    return;
  }
  const rest = rows + usize(length - bytes);
  if ((bytes | length) & 3) {
    for (; rows < rest; ++rows) store<i8>(rows, load<i8>(rows + bytes));
  } else {
    for (; rows < rest; rows += 4) store<i32>(rows, load<i32>(rows + bytes));
  }
  for (const end = rest + bytes; rows < end; ++rows) {
    store<i8>(rows, load<i8>(row));
    row += 1;
  }
}

/** Rows before the first, i8[length], and how many windows are not full. */
export function begin(rows: usize, length: i32, value: i32, waiting: usize, windows: i32): void {
  for (const end = rows + length; rows < end; ++rows) store<i8>(rows, i8(value));
  store<i32>(waiting, windows);
}
