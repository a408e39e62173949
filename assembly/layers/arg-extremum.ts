/**
 * ARG_MAX and ARG_MIN: where along an axis the largest or least byte is, of equal ones the first.
 *
 * @param input   i8[outer][count][inner]; of uint8, T = u8
 * @param output  i32[outer][inner]
 * @param largest 1 for ARG_MAX, 0 for ARG_MIN
 */
export function argExtremum<T>(
  input: usize,
  output: usize,
  outer: i32,
  count: i32,
  inner: i32,
  largest: i32,
): void {
  const sign = largest ? 1 : -1;
  for (let o = 0; o < outer; ++o) {
    for (let k = 0; k < inner; ++k) {
      let at = input++;
      let best = 0;
      let most = i32.MIN_VALUE;
      for (let n = 0; n < count; ++n) {
        const value = sign * i32(load<T>(at));
        if (value > most) {
          most = value;
          best = n;
        }
        at += inner;
      }
      store<i32>(output, best);
      output += 4;
    }
    input += (count - 1) * inner;
  }
}
