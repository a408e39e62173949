/** Reports of FNIRSI's meters, made apart from the program's own: by the long division of their check sum. */
export type FnbSample = { readonly volts: number; readonly amps: number };

/** 64 bytes with four samples. */
export function fnbData(samples: readonly FnbSample[]): Uint8Array {
  const report = new Uint8Array(64);
  const view = new DataView(report.buffer);
  report.set([0xaa, 0x04]);
  for (const [k, { volts, amps }] of samples.entries()) {
    view.setUint32(2 + 15 * k, Math.round(volts * 1e5), true);
    view.setUint32(6 + 15 * k, Math.round(amps * 1e5), true);
    view.setUint16(10 + 15 * k, 2700, true); // D+
    view.setUint16(15 + 15 * k, 301, true); // 30.1 °C
  }
  return checked(report);
}

export function fnbCommand(command: number): Uint8Array {
  const report = new Uint8Array(64);
  report.set([0xaa, command]);
  return checked(report);
}

/** The remainder of the bits from byte 1 to 62, the first eight xored with 0x42, by x⁸ + x⁵ + x⁴ + x³ + 1. */
function checked(report: Uint8Array): Uint8Array {
  const bits = [...report.subarray(1, 63), 0].flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((k) => (byte >> k) & 1),
  );
  const initial = [0, 1, 0, 0, 0, 0, 1, 0];
  for (const [k, bit] of initial.entries()) bits[k] = (bits[k] ?? 0) ^ bit;
  const divisor = [1, 0, 0, 1, 1, 1, 0, 0, 1];
  for (let k = 0; k < bits.length - 8; k++) {
    if (bits[k] === 1)
      for (const [j, bit] of divisor.entries()) bits[k + j] = (bits[k + j] ?? 0) ^ bit;
  }
  report[63] = Number.parseInt(bits.slice(-8).join(""), 2);
  return report;
}
