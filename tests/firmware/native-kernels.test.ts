/** Modules with kernels that the firmware has, on the posix port and an emulated board: linked, or not, the bytes are V8's. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { loadedOn } from "../../host/boards/loaded.ts";
import { compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { serialLine } from "../../host/lines/index.ts";
import { readModuleManifest } from "../../host/module/check.ts";
import { SECTION_ID } from "../../host/module/wasm-binary.ts";
import { type Link, openLink } from "../../host/runtime/index.ts";
import { parseModel, parseStatus, payloadOf } from "../../host/runtime/requests.ts";
import { Board, missingBoards } from "../support/boards.ts";
import { STATUS } from "../support/device-module.ts";
import { signed, writtenModule } from "../support/firmware-modules.ts";
import { exportGlobals, GLOBALS, handmade } from "../support/handmade-module.ts";
import { asPure, withExport, withSection } from "../support/native-module.ts";
import { announce, PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { missingPosix, PosixBoard } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";
import { fullyConnectedLayer } from "../support/weighted-layer.ts";

const PLACES = [
  { port: "posix", missing: missingPosix(), start: () => PosixBoard.start() },
  { port: "qemu-m4", missing: missingBoards(), start: () => Board.start("qemu-m4") },
] as const;

const DEPTH = 40;

/** 22 arguments of conv2d for one pixel of 4 channels to 8, at these addresses. */
const ARGUMENTS: readonly number[] = [
  ...[16, 24, 64, 128, 512, 21, 0, 1, 1, 4, 1, 1, 8, 1, 1, 1, 1, 1, 1, 0, 0, 0],
];

/** A module by hand that calls the kernel with such arguments. */
const calling = (args: readonly number[]): Promise<Uint8Array> => {
  const names = args.map((_, k) => `a${k}: i32`).join(", ");
  return handmade({
    source: `${exportGlobals({ ...GLOBALS, mem_used: 1024 })}
      export function k1_conv2d(${names}): void { store<i32>(24, a0 + a21); }
      export function init(): i32 { return 0; }
      export function step(): i32 { k1_conv2d(${args.join(", ")}); return 0; }`,
    manifest: { kernels: ["k1_conv2d"], rom: null },
  });
};

describe.concurrent.each(PLACES)("$port", ({ missing, start }) => {
  const boardTest = testUnless(missing);
  let board: { readonly path: string; close(): Promise<void> } | null = null;
  let link: Link;
  let wasm = new Uint8Array();
  const input = Uint8Array.from({ length: DEPTH }, (_, k) => k * 71);
  beforeAll(async () => {
    if (missing) return;
    const weights = Int8Array.from({ length: DEPTH * 12 }, (_, k) => ((k * 37) % 251) - 125);
    const bias = Array.from({ length: 12 }, (_, k) => 31 * k - 90);
    const given = { rows: 1, zeroPoint: 3, weights, weightZeroPoint: 0, multiplier: 1e-3, bias };
    const compiled = await compile(fullyConnectedLayer(given), DEFAULT_OPTIONS);
    wasm = compiled.wasm as Uint8Array<ArrayBuffer>;
    board = await start();
    link = openLink(serialLine(board.path));
  }, 300_000);
  afterAll(async () => {
    await link?.close();
    await board?.close();
  });

  const step = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const head = [
      [1, 0],
      [2, 1],
    ] as const;
    return (await link.request("STEP", payloadOf(head, bytes), PATIENCE_MS)).slice(6);
  };
  const linear = async () => parseStatus(await link.request("STATUS")).linearMemory;
  const refused = async (module: Uint8Array): Promise<number> => {
    await announce(link, module);
    return (await link.ask("TRY", undefined, PATIENCE_MS)).status;
  };
  const inV8 = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
    const {
      memory,
      init,
      step: run,
      in_ptr,
      out_ptr,
      out_len,
    } = instance.exports as {
      memory: WebAssembly.Memory;
      init: () => number;
      step: () => number;
      in_ptr: WebAssembly.Global;
      out_ptr: WebAssembly.Global;
      out_len: WebAssembly.Global;
    } & WebAssembly.Exports;
    init();
    new Uint8Array(memory.buffer).set(bytes, in_ptr.value);
    run();
    return new Uint8Array(memory.buffer).slice(out_ptr.value, out_ptr.value + out_len.value);
  };

  boardTest("known kernels are linked, and their constants stay in the slot", async () => {
    const model = await plainDeploy(link, wasm);
    const { rom } = readModuleManifest(wasm);
    expect(rom?.len).toBeGreaterThan(0);
    expect(await linear()).toBe(model.memUsed - (rom?.len ?? 0));
    expect(await step(input)).toEqual(await inV8(input));
  });

  boardTest("with one that it does not know, all of the module runs as it is", async () => {
    const model = await plainDeploy(link, asPure(wasm));
    expect(await linear()).toBe(model.memUsed);
    expect(await step(input)).toEqual(await inV8(input));
  });

  boardTest("the host knows which of the two it will be", async () => {
    const { kernels } = await link.hello(PATIENCE_MS);
    const knows = (number: number) => kernels.includes(number);
    for (const one of [wasm, asPure(wasm)]) {
      const model = await plainDeploy(link, one);
      const manifest = readModuleManifest(one);
      const globals = { memUsed: model.memUsed, romLen: manifest.rom?.len ?? 0 };
      expect(loadedOn(manifest, globals, knows).memoryBytes).toBe(await linear());
    }
  });

  boardTest("a module of before, without kernels and rom, runs", async () => {
    const older = await compile(
      fullyConnectedLayer({
        ...{ rows: 1, zeroPoint: 3, weights: new Int8Array(DEPTH * 12).fill(1) },
        ...{ weightZeroPoint: 0, multiplier: 1e-3, bias: new Array(12).fill(0) },
      }),
      { ...DEFAULT_OPTIONS, interpreted: true },
    );
    const model = await plainDeploy(link, older.wasm);
    expect(await linear()).toBe(model.memUsed);
  });

  boardTest("other signatures, two names, and a rom that does not fit are refused", async () => {
    const good = (await plainDeploy(link, wasm)).crc;
    const { rom } = readModuleManifest(wasm);
    const romLen = (length: number): Uint8Array =>
      withSection(wasm, SECTION_ID.global, (body) => {
        const old = Buffer.from([0x41, ...signed(rom?.len ?? 0), 0x0b]);
        const at = Buffer.from(body).lastIndexOf(old);
        const next = [0x41, ...signed(length), 0x0b];
        return Uint8Array.from([
          ...body.subarray(0, at),
          ...next,
          ...body.subarray(at + old.length),
        ]);
      });
    for (const bad of [
      withExport(wasm, "k1_depthwiseConv2d", "init"),
      withExport(wasm, "k1_conv2d_u8", "k1_conv2d"),
      ...[-16, 8, 1 << 20].map(romLen),
      writtenModule({ globals: { rom_len: 16 } }),
    ]) {
      expect(await refused(bad)).toBe(STATUS.ABI);
    }
    expect(parseModel(await link.request("MODEL", undefined, PATIENCE_MS)).crc).toBe(good);
  });

  boardTest("a kernel that is called with hostile arguments is the module's trap", async () => {
    const eight = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    await plainDeploy(link, await calling(ARGUMENTS));
    expect(await step(eight)).toHaveLength(8);
    const hostile: readonly (readonly [number, number])[] = [
      ...[0, 1, 2, 3, 4].flatMap((k) => [[k, -1] as const, [k, 1024] as const, [k, 1023] as const]),
      ...ARGUMENTS.slice(7, 21).flatMap((_, k) => [
        [k + 7, -1] as const,
        [k + 7, 0x7fffffff] as const,
      ]),
      ...[1, 4].map((k) => [k, 16] as const), // over the input
      [3, 126], // where no word may lie
    ];
    for (const [k, value] of hostile) {
      const args = ARGUMENTS.map((argument, n) => (n === k ? value : argument));
      await plainDeploy(link, await calling(args));
      const { status } = await link.ask(
        "STEP",
        payloadOf(
          [
            [1, 0],
            [2, 1],
          ],
          eight,
        ),
        PATIENCE_MS,
      );
      expect({ k, value, status }).toEqual({ k, value, status: STATUS.TRAP });
    }
    await plainDeploy(link, wasm);
    expect(await step(input)).toEqual(await inV8(input));
  });
});
