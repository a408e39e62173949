/**
 * out[k] = Σ_j coefficients[k, j] · values[j]: any small matrix, such as that of a cosine transform.
 *
 * @param values       i32[n], Q16.16
 * @param coefficients i16[m, n], Q1.15
 * @param out          i32[m], Q16.16: |values| < 2^26 and Σ_j |coefficients| ≤ 2^5 keep it; may not overlap the values
 */
export function dct(values: usize, n: i32, coefficients: usize, m: i32, out: usize): void {
  for (const end = out + (usize(m) << 2); out < end; out += 4) {
    let sum: i64 = 1 << 14;
    for (let at = values, last = values + (usize(n) << 2); at < last; at += 4) {
      sum += i64(load<i32>(at)) * i64(load<i16>(coefficients));
      coefficients += 2;
    }
    store<i32>(out, i32(sum >> 15));
  }
}
