import { expect, test } from "vitest";
import { ascOptions } from "../../../host/compiler/asconfig.ts";

const OPTIONS = { optimizeLevel: 3, shrinkLevel: 0, runtime: "stub" };
const config = (options: object) => JSON.stringify({ options, targets: { simd: {}, mvp: {} } });

test("each build has its features", () => {
  expect(ascOptions("simd")).toMatchObject({
    enable: ["simd", "relaxed-simd"],
    disable: [],
    noAssert: true,
  });
  expect(ascOptions("mvp").disable).toContain("bulk-memory");
});

test("an option that would be passed over is refused", () => {
  expect(() => ascOptions("mvp", config({ ...OPTIONS, converge: true }))).toThrow(/converge/);
  expect(() => ascOptions("mvp", config({ ...OPTIONS, optimizeLevel: 2 }))).toThrow(
    /optimizeLevel: got 2, expected 3/,
  );
  expect(() => ascOptions("mvp", config({ shrinkLevel: 0, runtime: "stub" }))).toThrow(
    /optimizeLevel/,
  );
});
