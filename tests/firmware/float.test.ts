/** The one file with floats: quantisation, results and decimals, against float64 mathematics and TFLite's rules. */
import { expect } from "vitest";
import { mulberry32, type Random } from "../../host/model/random.ts";
import { readData } from "../support/data.ts";
import { ask, compilerDataTest, compilerTest, lineProgram } from "../support/firmware-program.ts";

const program = lineProgram("floats", ["tw_float.c"]);

const view = new DataView(new ArrayBuffer(4));
function bits(x: number): string {
  view.setFloat32(0, x);
  return view.getUint32(0).toString(16).padStart(8, "0");
}
function fromBits(word: number): number {
  view.setUint32(0, word);
  return view.getFloat32(0);
}
const float = (text: string): number => fromBits(Number.parseInt(text, 16));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const AD_INPUT = { scale: Math.fround(0.39101523), zero: 89 };
const AD_OUTPUT = { scale: Math.fround(0.36449847), zero: 96 };

/** TFLite's QUANTIZE: a float32 division, half away from zero, clamped. */
function quantise(x: number, scale: number, zero: number): number {
  const q = Math.fround(x / scale);
  const rounded = Math.sign(q) * Math.floor(Math.abs(q) + 0.5);
  return Math.min(127, Math.max(-128, rounded + zero));
}

compilerTest("float32 becomes int8 as TFLite's QUANTIZE makes it", () => {
  const random = mulberry32(3);
  const cases: (readonly [number, number, number])[] = [];
  for (let k = 0; k < 20_000; k++) {
    const scale = Math.fround(2 ** (random() * 20 - 15));
    const x = Math.fround((random() * 600 - 300) * scale);
    cases.push([x, scale, Math.floor(random() * 256) - 128]);
  }
  // exact halves, both sides of them, and numbers far beyond int8
  for (let k = -300; k <= 300; k++) {
    for (const x of [k / 2, k / 2 + 2 ** -16, k / 2 - 2 ** -16]) cases.push([x, 1, 3]);
  }
  for (const x of [1e6, 2e6, 3e38, Number.POSITIVE_INFINITY, 1e-45, 0]) {
    cases.push([x, 0.5, 89], [-x, 0.5, 89]);
  }
  const answers = ask(
    program(),
    cases.map(([x, scale, zero]) => `quantise ${bits(x)} ${bits(scale)} ${zero}`),
  );
  expect(answers.map(Number)).toEqual(cases.map(([x, scale, zero]) => quantise(x, scale, zero)));
});

compilerTest("what is no number becomes the zero point, and no scale is no crash", () => {
  const lines = [
    "7fc00000 3f800000 5",
    "00000000 00000000 5",
    "3f800000 00000000 5",
    "bf800000 7fc00000 5",
  ];
  expect(
    ask(
      program(),
      lines.map((line) => `quantise ${line}`),
    ).map(Number),
  ).toEqual([5, 5, 127, 5]);
  expect(ask(program(), ["quantise 3f800000 3f800000 2147483647"])).toEqual(["127"]);
  expect(ask(program(), ["quantise 3f800000 3f800000 -2147483648"])).toEqual(["-128"]);
});

compilerDataTest("ad01: all 196 windows are quantised as recorded", () => {
  const floats = readData("ad01/normal_id_01_00000000_hist_librosa.bin");
  const recorded = new Int8Array(readData("ad01/sample_inputs_196x640.i8.bin").buffer);
  const source = new DataView(floats.buffer, floats.byteOffset);
  const lines = Array.from(recorded, (_, k) => {
    const at = Math.floor(k / 640) * 128 + (k % 640);
    return `quantise ${bits(source.getFloat32(4 * at, true))} ${bits(AD_INPUT.scale)} ${AD_INPUT.zero}`;
  });
  expect(Int8Array.from(ask(program(), lines), Number)).toEqual(recorded);
});

compilerTest("dequantised values are float32 products", () => {
  const cases: (readonly [number, number, number])[] = [];
  for (let q = -128; q <= 127; q++) {
    cases.push(
      [q, 1 / 256, -128],
      [q, AD_OUTPUT.scale, AD_OUTPUT.zero],
      [q, Math.fround(1 / 255), 7],
    );
  }
  const answers = ask(
    program(),
    cases.map(([q, scale, zero]) => `dequantise ${q} ${bits(scale)} ${zero}`),
  );
  expect(answers.map(float)).toEqual(
    cases.map(([q, scale, zero]) => Math.fround((q - zero) * scale)),
  );
});

/** The mean squared error in float64, of the float32 that dequantisation gives. */
function squaredError(input: readonly number[], output: readonly number[]): number {
  const terms = output.map((q, k) => {
    const diff = Math.fround((q - AD_OUTPUT.zero) * AD_OUTPUT.scale) - (input[k] ?? 0);
    return diff * diff;
  });
  return terms.reduce((sum, term) => sum + term, 0) / output.length;
}

const errorLine = (input: readonly number[], output: readonly number[]): string => {
  const floats = new DataView(new ArrayBuffer(4 * input.length));
  for (const [k, x] of input.entries()) floats.setFloat32(4 * k, x, true);
  const q = Int8Array.from(output);
  return `error ${hex(new Uint8Array(floats.buffer))} ${hex(new Uint8Array(q.buffer))} ${bits(AD_OUTPUT.scale)} ${AD_OUTPUT.zero}`;
};

compilerTest("mean squared errors lie within float32's reach of float64's", () => {
  const random = mulberry32(4);
  const samples = Array.from({ length: 200 }, () => {
    const length = 1 + Math.floor(random() * 640);
    return {
      input: Array.from({ length }, () => Math.fround(random() * 80 - 60)),
      output: Array.from({ length }, () => Math.floor(random() * 256) - 128),
    };
  });
  const answers = ask(
    program(),
    samples.map(({ input, output }) => errorLine(input, output)),
  ).map(float);
  for (const [k, { input, output }] of samples.entries()) {
    const exact = squaredError(input, output);
    // each of at most 640 additions, and what it adds, rounds once: 642 half ulps of float32
    expect(Math.abs((answers[k] ?? Number.NaN) - exact)).toBeLessThanOrEqual(
      exact * 642 * 2 ** -24,
    );
  }
});

compilerDataTest("ad01: the errors of all 196 windows, to three decimals", () => {
  const floats = readData("ad01/normal_id_01_00000000_hist_librosa.bin");
  const source = new DataView(floats.buffer, floats.byteOffset);
  const outputs = new Int8Array(
    readData("ad01/sample_expected_196x640.double_rounding.i8.bin").buffer,
  );
  const recorded: number[] = JSON.parse(Buffer.from(readData("ad01/sample_mse.json")).toString())
    .mse.double;
  const lines = recorded.map((_, window) => {
    const input = Array.from({ length: 640 }, (__, k) =>
      source.getFloat32(4 * (window * 128 + k), true),
    );
    return errorLine(input, [...outputs.subarray(640 * window, 640 * (window + 1))]);
  });
  const errors = ask(program(), lines).map(float);
  for (const [k, error] of errors.entries())
    expect(error).toBeCloseTo(recorded[k] ?? Number.NaN, 4);
});

/** A float32 times 1000 as an exact integer of 2^-149: BigInt knows no rounding. */
function decimals(x: number, truncate: boolean): string {
  const ulp = 2n ** 149n;
  const exact = BigInt(Math.abs(x) >= 2 ** 24 ? Math.abs(x) : 0) * ulp;
  const scaled = exact > 0n ? exact : units(Math.abs(x));
  const thousand = scaled * 1000n;
  let whole = thousand / ulp;
  const rest = thousand - whole * ulp;
  const twice = 2n * rest;
  if (!truncate && (twice > ulp || (twice === ulp && whole % 2n === 1n))) whole++;
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  return `${sign}${whole / 1000n}.${String(whole % 1000n).padStart(3, "0")}`;
}

/** A float32 below 2^24 in units of 2^-149, by its bits. */
function units(x: number): bigint {
  const word = Number.parseInt(bits(x), 16);
  const exponent = word >>> 23;
  const mantissa = BigInt(word & 0x7fffff);
  return exponent === 0 ? mantissa : (mantissa | 0x800000n) << BigInt(exponent - 1);
}

compilerTest("decimals are exactly rounded, halves to even, or truncated", () => {
  const random = mulberry32(5);
  const numbers = [
    0,
    -0,
    0.0005,
    0.0015,
    0.0625,
    0.9995,
    1,
    -1.5,
    2 ** 24,
    2 ** 100,
    3.4028234663852886e38,
  ];
  for (let k = 0; k < 256; k++) numbers.push(k / 256, -k / 256, k / 16, (k + 0.5) / 1000);
  for (let k = 0; k < 5000; k++) numbers.push(randomFloat(random));
  const floats = numbers.map(Math.fround);
  const answers = ask(
    program(),
    floats.map((x) => `print ${bits(x)}`),
  );
  expect(answers).toEqual(floats.map((x) => `${decimals(x, false)} ${decimals(x, true)} 1`));
});

const randomFloat = (random: Random): number => {
  const x = fromBits(Math.floor(random() * 2 ** 32));
  return Number.isFinite(x) ? x : 0.25;
};

compilerTest("what has no decimals is named", () => {
  expect(ask(program(), ["print 7f800000", "print ff800000", "print 7fc00000"])).toEqual([
    "inf inf 1",
    "-inf -inf 1",
    "nan nan 1",
  ]);
});

compilerTest("kws01's results are the reference's digits: 0.%d%d%d of k / 256", () => {
  const answers = ask(
    program(),
    Array.from({ length: 256 }, (_, k) => `print ${bits(k / 256)}`),
  );
  for (const [k, answer] of answers.entries()) {
    const value = k / 256;
    const digits = [10, 100, 1000].map((power) => Math.trunc(value * power) % 10);
    expect(answer.split(" ")[1]).toBe(`0.${digits.join("")}`);
  }
});
