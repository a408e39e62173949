/** What is no finite number stops where numbers become text and integers, with a code: "NaN" is an identifier. */
import { expect, test } from "vitest";
import { emit } from "../../../host/compiler/emit.ts";
import { DEFAULT_OPTIONS } from "../../../host/compiler/options.ts";
import { planSpiking } from "../../../host/compiler/spiking/index.ts";
import { TwentyWattError } from "../../../host/errors.ts";
import { li, network } from "../../../host/network/index.ts";
import { decayOf, toIntegers } from "../../../host/spiking/quantise-numbers.ts";

const codeOf = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof TwentyWattError ? error.code : String(error);
  }
};

function layout() {
  const net = network({ name: "finite" });
  net.output("v", net.population("cells", 8, li({ tau: 0.01, current: 1 })));
  return planSpiking(net.graph(), { ...DEFAULT_OPTIONS, build: "simd" }).layout;
}

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%s", (bad) => {
  const sound = layout();
  expect(codeOf(() => emit(sound, "sound"))).toBe(null);
  const [first, ...others] = sound.step;
  if (!first) throw new Error("no call");
  const argument = { ...first, args: [...first.args.slice(1), bad] };
  const shaped = sound.step.map((call) => ({
    ...call,
    kernel: { ...call.kernel, shape: { ...call.kernel.shape, CONSTANT: bad } },
  }));
  for (const wrong of [
    { ...sound, step: [argument, ...others] },
    { ...sound, init: [argument] },
    { ...sound, step: shaped },
    { ...sound, memUsed: bad },
  ]) {
    expect(codeOf(() => emit(wrong, "wrong"))).toBe("INTERNAL");
  }
  expect(codeOf(() => toIntegers(bad, 4))).toBe("INTERNAL");
  expect(codeOf(() => toIntegers(Float64Array.of(1, bad), 4))).toBe("INTERNAL");
  expect(codeOf(() => decayOf(Float64Array.of(0.1, bad)))).toBe("INTERNAL");
});

test("what no i32 holds is no parameter either", () => {
  expect(codeOf(() => toIntegers(2 ** 31, 0))).toBe("INTERNAL");
  expect(toIntegers(2 ** 31 - 1, 0)).toBe(2 ** 31 - 1);
});
