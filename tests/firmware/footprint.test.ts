/** What `inspect` says of a board beside what the board says itself, to the byte. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ModuleFacts, moduleFacts } from "../../host/boards/facts.ts";
import { boardFits } from "../../host/boards/fits.ts";
import { networkByName } from "../../host/cli/networks.ts";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { buildFirmware, readPort } from "../../host/firmware/index.ts";
import type { Graph } from "../../host/model/graph.ts";
import type { Link } from "../../host/runtime/link.ts";
import { parseStatus, type SlotInfo } from "../../host/runtime/requests.ts";
import { modelGraph } from "../conformance/models.ts";
import { EMULATED, linkTo, missingBoards } from "../support/boards.ts";
import { hasData } from "../support/data.ts";
import { STATUS } from "../support/device-module.ts";
import { exportGlobals, GLOBALS, handmade } from "../support/handmade-module.ts";
import { announce, PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { randomChain } from "../support/random-graph.ts";
import { randomSpiking } from "../support/random-spiking.ts";
import { testUnless } from "../support/skip.ts";
import { fullyConnectedLayer } from "../support/weighted-layer.ts";

const boardTest = testUnless(missingBoards());
const MINUTES = 60_000;

/** Operators and neurons of every kind, in modules small and large. */
const graphs = async (): Promise<Graph[]> => [
  ...Array.from({ length: 6 }, (_, k) => randomChain(k)),
  ...Array.from({ length: 4 }, (_, k) => randomSpiking(k, { discretisation: "norse" })),
  await networkByName("net:cuba?neurons=400"),
  await networkByName("net:izhikevich"),
  ...(hasData ? [await modelGraph("kws_ref_model.tflite")] : []),
  ...(hasData ? [await modelGraph("pretrainedResnet_quant.tflite")] : []),
];

/** What the compiler never emits: a table of branches, results of blocks and ifs, values that wait below calls. */
const ODD = `${exportGlobals(GLOBALS)}
export function init(): i32 { return 0; }
function odd(n: i32, m: i64): i64 {
  switch (n) {
    case 0: return m * 3;
    case 1: return m - 7000000000;
    case 2: m += 9;
    case 5: return n > 3 ? m : n == 2 ? -m : 12345678901;
    default: return i64(n) + -5;
  }
}
export function step(): i32 {
  let x = load<i32>(16);
  const y = odd(x & 7, load<i64>(16)) + (x > 3 ? odd(x, 1) : i64(-1) + odd(-1, 2)) * odd(2, i64(x));
  do { x = (x >>> 1) ^ -(x & 1); if (x == 77) continue; if (x == -9) break; } while (x > 3);
  store<i64>(24, select<i64>(y, i64(x), x != 0) + (x ? 1 : y > 2 ? 2 : 3));
  return 0;
}`;

async function modules(): Promise<Uint8Array[]> {
  const made = [await handmade({ source: ODD })];
  for (const graph of await graphs()) made.push((await compile(graph, DEFAULT_OPTIONS)).wasm);
  return made;
}

/** As `deploy` sees it by a model's shape: 32 x 32 pixels to 10 classes is MLPerf's ic01, others are none. */
const IC01: Partial<SlotInfo> = { task: "ic01", conversion: "u8" };

/** The RAM of a board that `inspect` says, without stack and variables. */
function arenaSaid(facts: ModuleFacts, name: string): number {
  const { reason = "" } = boardFits(facts).find((board) => board.name === name) ?? {};
  const parts = [...reason.matchAll(/(?:memory|interpreter|MLPerf buffer) ([\d,]*\d)/g)];
  return parts.reduce((sum, [, digits = ""]) => sum + Number(digits.replaceAll(",", "")), 0);
}

const ARENA_SIZE = fileURLToPath(new URL("programs/arena-size", import.meta.url));
const BUFFER_BYTES = 27_648; // MAX_DB_INPUT_SIZE of MLPerf Tiny's reference

/** once for both boards */
let compiled: Promise<Uint8Array[]> | null = null;

describe.concurrent.each(EMULATED)("%s", (name) => {
  let link: Link;
  let wasms: Uint8Array[] = [];
  beforeAll(async () => {
    if (missingBoards() !== null) return;
    // before a line is open: a compilation here would keep another board's answers waiting
    compiled ??= modules();
    wasms = await compiled;
    link = await linkTo(name);
  }, 10 * MINUTES);
  afterAll(() => link?.close());

  boardTest("the recipe has the board's memory", async () => {
    const { slotBytes, arenaBytes } = await link.hello(PATIENCE_MS);
    const { stackBytes } = parseStatus(await link.request("STATUS"));
    expect(readPort(name).memory).toMatchObject({ slotBytes, arenaBytes, stackBytes });
  });

  boardTest("the recipe has the firmware's size: npm run firmware -- --record", async () => {
    const { flashBytes, ramBytes, compiler } = await buildFirmware(name);
    const { measured } = readPort(name);
    // another compiler makes another size
    if (measured?.compiler === compiler)
      expect(measured).toEqual({ flashBytes, ramBytes, compiler });
  });

  boardTest(
    "what a module takes of the arena is what inspect says",
    async () => {
      for (const [k, wasm] of wasms.entries()) {
        const { facts } = moduleFacts(wasm);
        // any task takes the same buffer
        await plainDeploy(link, wasm, facts.bufferAtBytes === null ? {} : IC01);
        const { arenaPeak, linearMemory } = parseStatus(await link.request("STATUS"));
        const got = { k, memory: facts.memoryBytes, arena: arenaSaid(facts, name) };
        expect(got).toEqual({ k, memory: linearMemory, arena: arenaPeak });
      }
    },
    10 * MINUTES,
  );
});

/** As many bytes in and out as ic01 has, in one layer. */
function likeIc01(): Graph {
  const [inputs, outputs] = [32 * 32 * 3, 10];
  const weights = Int8Array.from({ length: inputs * outputs }, (_, k) => (k * 31) % 127);
  const bias = new Array<number>(outputs).fill(0);
  const given = { rows: 1, zeroPoint: 0, weights, weightZeroPoint: 0, multiplier: 1e-4, bias };
  return fullyConnectedLayer(given);
}

describe.concurrent.each(EMULATED)("%s with a small arena", (name) => {
  boardTest(
    "the smallest that holds a module, and MLPerf's buffer beside it, is what inspect says",
    async () => {
      const { wasm } = await compile(likeIc01(), DEFAULT_OPTIONS);
      const { facts } = moduleFacts(wasm);
      const least = facts.arenaBytes ?? 0;
      const whole = arenaSaid(facts, name);
      expect(whole).toBe(least + BUFFER_BYTES + 8); // a word before it, in multiples of 8
      const { path: elf } = await buildFirmware(name, { program: ARENA_SIZE });
      const on = async <T>(arenaBytes: number, use: (link: Link) => Promise<T>): Promise<T> => {
        const link = await linkTo(name, { elf, arenaBytes });
        try {
          expect((await link.hello(PATIENCE_MS)).arenaBytes).toBe(arenaBytes);
          return await use(link);
        } finally {
          await link.close();
        }
      };
      const peak = (arenaBytes: number) =>
        on(arenaBytes, async (link) => {
          await plainDeploy(link, wasm, IC01);
          return parseStatus(await link.request("STATUS")).arenaPeak;
        });
      const refused = await on(least - 8, async (link) => {
        await announce(link, wasm, IC01);
        return (await link.ask("TRY", undefined, PATIENCE_MS)).status;
      });
      expect(refused).toBe(STATUS.ARENA);
      expect(await peak(least)).toBe(least);
      expect(await peak(whole)).toBe(whole);
      expect(await peak(whole + 4096)).toBe(whole);
      expect(await peak(whole - 8)).toBeLessThan(whole - 8);
    },
    10 * MINUTES,
  );
});

test("a module that fits no slot or no arena says which", async () => {
  const { facts } = moduleFacts(await handmade({ source: ODD }));
  const qemuM4 = (changes: Partial<typeof facts>) =>
    boardFits({ ...facts, ...changes }).find(({ name }) => name === "qemu-m4");
  expect(qemuM4({})).toMatchObject({ fits: true });
  expect(qemuM4({ bytes: 2e6 })).toMatchObject({
    fits: false,
    reason: expect.stringContaining("slots of"),
  });
  expect(qemuM4({ arenaBytes: 2e7 })).toMatchObject({
    fits: false,
    reason: expect.stringContaining("an arena of"),
  });
  expect(qemuM4({ arenaBytes: null, refusal: "function 3: too much" })).toMatchObject({
    fits: false,
    reason: "function 3: too much",
  });
});
