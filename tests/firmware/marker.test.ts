/** The marker pins: high while step() runs and around it, in every mode, and named in HELLO. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { serialLine } from "../../host/lines/index.ts";
import { type Link, openLink } from "../../host/runtime/index.ts";
import { linkTo, missingBoards } from "../support/boards.ts";
import { exportGlobals, GLOBALS, handmade } from "../support/handmade-module.ts";
import { PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { missingPosix, PosixBoard } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";

const posixTest = testUnless(missingPosix());
const boardTest = testUnless(missingBoards());
const MINUTES = 60_000;

const folder = mkdtempSync(join(tmpdir(), "twentywatt-marker-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Traps where the input says so; hangs where it says otherwise. */
const MODULE = `${exportGlobals(GLOBALS)}
export function init(): i32 { return 0; }
export function step(): i32 {
  if (load<i32>(16) == 1) unreachable();
  while (load<i32>(16) == 2) store<i32>(24, load<i32>(24) + 1);
  return 0;
}`;

/** STEP with bytes: one row for each wish. */
const step = (...wishes: readonly number[]) =>
  Uint8Array.from([0, wishes.length, 0, ...wishes.flatMap((wish) => [wish, 0, 0, 0, 0, 0, 0, 0])]);
const run = (steps: number) => Uint8Array.of(steps, 0);

const STEP = [2, 3, 2, 0];
const RUN = [1, 0];

/** @param levels all that the pins were so far */
async function checkLevels(link: Link, levels: () => readonly number[]): Promise<void> {
  const added = async (work: Promise<unknown>): Promise<readonly number[]> => {
    const before = levels().length;
    await work.catch(() => {});
    return levels().slice(before);
  };
  expect((await link.hello(PATIENCE_MS)).marks).toEqual(["step", "work"]);
  await plainDeploy(link, await handmade({ source: MODULE }), { stepLimitMs: 500 });
  expect(await added(link.request("STEP", step(0, 0, 0), PATIENCE_MS))).toEqual([
    ...[...STEP, ...STEP, ...STEP],
  ]);
  expect(await added(link.request("RUN", run(2), PATIENCE_MS))).toEqual([...RUN, ...RUN]);
  // a trap leaves no pin high, and neither does a request that was no step
  expect(await added(link.request("STEP", step(1), PATIENCE_MS))).toEqual(STEP);
  expect(await added(link.request("STATUS", undefined, PATIENCE_MS))).toEqual([]);
}

posixTest(
  "posix: a line of its file per change, in order, low again after the watchdog",
  async () => {
    const file = join(folder, "marker");
    const lines = () => readFileSync(file, "latin1").trimEnd().split("\n");
    const levels = () => lines().map((line) => Number(line.split(" ")[1]));
    const board = await PosixBoard.start("--marker", file);
    const link = openLink(serialLine(board.path));
    try {
      expect(levels()).toEqual([0]);
      await checkLevels(link, levels);
      const times = lines().map((line) => BigInt(line.split(" ")[0] ?? ""));
      expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
      expect(process.hrtime.bigint() - (times.at(-1) ?? 0n)).toBeLessThan(60_000_000_000n);
      const before = levels().length;
      await expect(link.request("STEP", step(2), PATIENCE_MS)).rejects.toThrow(/DEVICE_RESTARTED/);
      expect(levels().slice(before)).toEqual([2, 3, 0]);
    } finally {
      await link.close();
      await board.close();
    }
  },
);

posixTest(
  "a port without pins says so, and a host that knows nothing of them goes on",
  async () => {
    const board = await PosixBoard.start();
    const link = openLink(serialLine(board.path));
    try {
      expect((await link.hello()).marks).toEqual([]);
      await plainDeploy(link, await handmade({ source: MODULE }));
      await link.request("STEP", step(0));
    } finally {
      await link.close();
      await board.close();
    }
  },
);

boardTest(
  "qemu-m4: the two user LEDs, as the emulator sees them",
  async () => {
    const file = join(folder, "leds");
    const link = await linkTo("qemu-m4", { more: ["-d", "trace:led_set_intensity", "-D", file] });
    /** Two lines for each write, one for each LED. */
    const levels = () => {
      const set = [...readFileSync(file, "latin1").matchAll(/^led_set_intensity .*?(\d+)%/gm)];
      const lit = set.map(([, percent]) => Number(percent) > 0);
      return Array.from(
        { length: lit.length / 2 },
        (_, k) => Number(lit[2 * k]) + 2 * Number(lit[2 * k + 1]),
      );
    };
    try {
      await checkLevels(link, levels);
    } finally {
      await link.close();
    }
  },
  5 * MINUTES,
);

boardTest(
  "qemu-rv32: a machine without pins has none",
  async () => {
    const link = await linkTo("qemu-rv32");
    try {
      expect((await link.hello(PATIENCE_MS)).marks).toEqual([]);
    } finally {
      await link.close();
    }
  },
  5 * MINUTES,
);
