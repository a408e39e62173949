/** What a module says of its time, in words and documents. */
import { expect, test } from "vitest";
import { semanticsOf } from "../../../host/cli/spiking-options.ts";
import type { Manifest } from "../../../host/module/manifest.ts";

test("the time step is the one that was asked for, not a hop divided by its steps", () => {
  // 1136 samples at 16 kHz are 71 ms; 0.071 / 71 is 0.0009999999999999998
  const manifest = { dtSeconds: 0.071, options: { dt: 0.001, stepsPerHop: 71 } } as const;
  expect(semanticsOf(manifest as unknown as Manifest)).toMatchObject({
    dtSeconds: 0.001,
    stepsPerHop: 71,
  });
});
