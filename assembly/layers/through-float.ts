import { nearest24, spare } from "../fixed/float32";

/**
 * DEQUANTIZE and QUANTIZE in a row, of int16 at one end or both: float32 arithmetic in integers, to the bit.
 *
 *     real = float32((x − zeroPointIn) · scaleIn)        out = clamp(round(float32(real / scaleOut)) + zeroPoint)
 *
 * Both scales are 24 bits times a power of two, the first bit set. What rounds is half away from zero, as C's round().
 *
 * @param input    From[count]
 * @param output   To[count]; may be the input where they are as large
 * @param scaleIn  24 bits; with scaleOut and `power`: the scales' quotient is scaleIn / scaleOut · 2^power
 */
export function throughFloat<From, To>(
  input: usize,
  output: usize,
  count: i32,
  zeroPointIn: i32,
  scaleIn: i32,
  scaleOut: i32,
  power: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const lowest = low - zeroPoint;
  const highest = high - zeroPoint;
  for (let k = 0; k < count; ++k) {
    const x = i32(load<From>(input)) - zeroPointIn; // |x| < 2^16
    const steps = x === 0 ? 0 : stepsOf(abs(x), scaleIn, scaleOut, power);
    const y = min(max(x < 0 ? -steps : steps, lowest), highest) + zeroPoint;
    if (sizeof<To>() === 1) store<i8>(output, y);
    else store<i16>(output, y);
    input += sizeof<From>();
    output += sizeof<To>();
  }
}

/** Beyond any element: what saturates wherever it is added. */
const MANY = 1 << 20;

/** x · scaleIn / scaleOut · 2^power in steps, x positive. */
function stepsOf(x: i32, scaleIn: i32, scaleOut: i32, power: i32): i32 {
  const product = i64(x) * i64(scaleIn); // < 2^40
  const real = nearest24(product); // 2^23 to 2^24
  const divided = real << 26;
  const whole = divided / i64(scaleOut); // 2^25 to 2^27
  // below its 25 bits only whether anything is left counts
  const sticky = (whole << 1) | i64(whole * i64(scaleOut) !== divided);
  const quotient = nearest24(sticky);
  const down = 27 - i32(spare(product) + spare(sticky)) - power;
  if (down <= 0) return MANY; // from 2^23 on
  if (down > 25) return 0; // below ½
  return min((i32(quotient) + (1 << (down - 1))) >> down, MANY);
}
