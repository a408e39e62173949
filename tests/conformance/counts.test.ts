/** Counts on the way to a board and back: more than was declared is refused before it is sent; saturations by node. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { at } from "../../host/model/at.ts";
import { integrateAndFire, network, oneToOne } from "../../host/network/index.ts";
import { saturatedNodes } from "../../host/run/saturated.ts";
import { localTarget } from "../../host/runtime/index.ts";
import { testUnless } from "../support/skip.ts";
import { BOARD_ROWS, type RunningBoard } from "./targets.ts";

/** Two IFs that are only driven down, at most 6 spikes a step. */
async function sinking(): Promise<Uint8Array> {
  const net = network({ name: "sinking", maxCount: 6 });
  for (const [name, weight] of [
    ["fast", -64],
    ["slow", -32],
  ] as const) {
    const input = net.input(`to-${name}`, 1);
    const cell = net.population(name, 1, integrateAndFire({ vThreshold: 1 }));
    net.project(input, cell, { connect: oneToOne(), weight });
    net.output(`${name}-out`, cell);
  }
  return (await compile(net.graph(), DEFAULT_OPTIONS)).wasm;
}

const TOO_MANY = { code: "INPUT_FORMAT", message: expect.stringContaining("at most 6") };

describe.each(BOARD_ROWS.filter(({ name }) => name === "wasm3" || name === "posix"))(
  "$name",
  ({ missing, start }) => {
    const test = testUnless(missing);
    let board: RunningBoard | null = null;
    beforeAll(async () => {
      if (missing === null) board = await start();
    });
    afterAll(async () => board?.close());

    test("a seventh spike is refused, alone, in a batch and where a step is timed; nothing ran", async () => {
      const there = await (board as RunningBoard).load(await sinking());
      const [one, two] = [new Uint8Array(2), new Uint8Array(4)];
      await there.step(Uint8Array.of(6, 6), one);
      await there.steps(Uint8Array.of(6, 0, 0, 6), 2, two);
      const [before, counters] = [await there.readState(), await there.counters()];
      await expect(there.step(Uint8Array.of(6, 7), one)).rejects.toMatchObject(TOO_MANY);
      const batch = there.steps(Uint8Array.of(6, 6, 7, 0), 2, two);
      await expect(batch).rejects.toMatchObject(TOO_MANY);
      await expect(there.timedStep(Uint8Array.of(0, 255))).rejects.toMatchObject(TOO_MANY);
      expect(await there.readState()).toEqual(before);
      expect(await there.counters()).toEqual(counters);
      await there.step(Uint8Array.of(6, 6), one);
      expect((await there.counters()).steps).toBe(counters.steps + 1n);
    });

    test("each node's saturations, as in V8", async () => {
      const wasm = await sinking();
      const here = await localTarget().load(wasm);
      const there = await (board as RunningBoard).load(wasm);
      const STEPS = 3000;
      const inputs = Uint8Array.from({ length: 2 * STEPS }, (_, k) => (k % 4 === 3 ? 0 : 6));
      const [theirs, own] = [new Uint8Array(2 * STEPS), new Uint8Array(2)];
      await there.steps(inputs, STEPS, theirs);
      for (let k = 0; k < STEPS; k++) here.step(inputs.subarray(2 * k, 2 * k + 2), own);
      const total = Number((await there.counters()).saturations);
      const found = await saturatedNodes(there, total, null);
      expect(found).toEqual(await saturatedNodes(here, total, null));
      expect(found.map(({ node }) => node)).toEqual(["fast", "slow"]);
      expect(at(found, 0).saturations + at(found, 1).saturations).toBe(total);
      await here.close();
    });
  },
);
