/** How deep the transform alone reaches: lines far below the loudest, which only correct rounding leaves in place. */
import { expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { kernel } from "../../support/kernel.ts";
import { powerSpectrum, sines, worstDecibels } from "../../support/signal.ts";

const SIZE = 1024;
const AT = { block: 64, sines: 8192, x: 20480 };
const k = await kernel("assembly/signal/fft.ts", {}, "realFft");
const { buffer } = k.memory;
new Int32Array(buffer, AT.sines).set(sines(SIZE));

function powers(x: Int32Array): Float64Array {
  new Int32Array(buffer, AT.x).set(x);
  new Int32Array(buffer, AT.block)[0] = 0;
  k.realFft(AT.x, Math.log2(SIZE), AT.sines, SIZE, AT.block);
  const scale = 4 ** (new Int32Array(buffer, AT.block)[0] as number);
  const lines = new Int32Array(buffer, AT.x, SIZE + 2);
  return Float64Array.from({ length: SIZE / 2 + 1 }, (_, b) => {
    return ((lines[2 * b] as number) ** 2 + (lines[2 * b + 1] as number) ** 2) * scale;
  });
}

/** A line whose flanks fall fast, over noise that is up to 120 dB lower. */
function lineOverNoise(random: () => number): Int32Array {
  const frequency = random() * (SIZE / 2 - 1);
  const level = 2 ** 27.9;
  const floor = level * 10 ** (-6 * random());
  return Int32Array.from({ length: SIZE }, (_, n) => {
    const window = (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / SIZE)) ** 3;
    const line = level * Math.sin((2 * Math.PI * frequency * n) / SIZE) * window;
    return Math.round(line + floor * (random() - 0.5));
  });
}

test("0.01 dB down to 100 dB below the loudest, 0.1 dB down to 120", () => {
  const random = mulberry32(3);
  const worst = { 100: 0, 120: 0 };
  for (let n = 0; n < 100; n++) {
    const x = lineOverNoise(random);
    const [got, wanted] = [powers(x), powerSpectrum(x)];
    worst[100] = Math.max(worst[100], worstDecibels(got, wanted, 100));
    worst[120] = Math.max(worst[120], worstDecibels(got, wanted, 120));
  }
  // without the half that makes a shift round, twice as much
  expect(worst[100]).toBeLessThan(0.01);
  expect(worst[120]).toBeLessThan(0.1);
});
