/**
 * From the numbers of a BME280 to °C, Pa and %: the compensation of its data sheet (BST-BME280-DS002, 8.1, double
 * precision), whose temperature and pressure are those of the BMP280.
 */
type Three = readonly [number, number, number];
type Six = readonly [...Three, ...Three];

/** dig_T1 … dig_T3, dig_P1 … dig_P9, dig_H1 … dig_H6 */
export type Calibration = {
  readonly T: Three;
  readonly P: readonly [...Six, ...Three];
  readonly H: Six;
};

/** @param low registers 0x88…0xa1; @param high registers 0xe1…0xe7 */
export function calibrationOf(low: Uint8Array, high: Uint8Array): Calibration {
  const a = new DataView(low.buffer, low.byteOffset, low.byteLength);
  const b = new DataView(high.buffer, high.byteOffset, high.byteLength);
  const signed = (k: number) => a.getInt16(2 * k, true);
  return {
    T: [a.getUint16(0, true), signed(1), signed(2)],
    P: [
      ...([a.getUint16(6, true), signed(4), signed(5)] as const),
      ...([signed(6), signed(7), signed(8)] as const),
      ...([signed(9), signed(10), signed(11)] as const),
    ],
    H: [
      a.getUint8(25),
      b.getInt16(0, true),
      b.getUint8(2),
      // two numbers of 12 bits share a byte
      b.getInt8(3) * 16 + (b.getUint8(4) & 0x0f),
      b.getInt8(5) * 16 + (b.getUint8(4) >> 4),
      b.getInt8(6),
    ],
  };
}

/** @returns °C, Pa and % of raw temperature (20 bits), pressure (20 bits) and humidity (16 bits) */
export function compensation(
  low: Uint8Array,
  high: Uint8Array,
): (temperature: number, pressure: number, humidity: number) => readonly number[] {
  const { T, P, H } = calibrationOf(low, high);
  return (temperature, pressure, humidity) => {
    const fine = fineTemperature(temperature, T);
    return [fine / 5120, pressureOf(pressure, fine, P), humidityOf(humidity, fine, H)];
  };
}

function fineTemperature(raw: number, [t1, t2, t3]: Three): number {
  const first = (raw / 16_384 - t1 / 1024) * t2;
  const distance = raw / 131_072 - t1 / 8192;
  return first + distance * distance * t3;
}

function pressureOf(raw: number, fine: number, P: Calibration["P"]): number {
  const [p1, p2, p3, p4, p5, p6, p7, p8, p9] = P;
  const t = fine / 2 - 64_000;
  const curve = ((t * t * p6) / 32_768 + t * p5 * 2) / 4 + p4 * 65_536;
  const divisor = (1 + ((p3 * t * t) / 524_288 + p2 * t) / 524_288 / 32_768) * p1;
  if (divisor === 0) return Number.NaN;
  const p = ((1_048_576 - raw - curve / 4096) * 6250) / divisor;
  return p + ((p9 * p * p) / 2_147_483_648 + (p * p8) / 32_768 + p7) / 16;
}

function humidityOf(raw: number, fine: number, H: Six): number {
  const [h1, h2, h3, h4, h5, h6] = H;
  const t = fine - 76_800;
  const linear = raw - (h4 * 64 + (h5 / 16_384) * t);
  const slope = (h2 / 65_536) * (1 + (h6 / 67_108_864) * t * (1 + (h3 / 67_108_864) * t));
  const percent = linear * slope;
  return Math.min(100, Math.max(0, percent * (1 - (h1 * percent) / 524_288)));
}
