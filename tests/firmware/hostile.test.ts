/**
 * Modules and bytes that mean harm, on the posix port and on an emulated board: a coded error or a restart, the old
 * module stays, and the board goes on.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import { serialLine } from "../../host/lines/index.ts";
import { type Link, openLink } from "../../host/runtime/index.ts";
import { parseModel, payloadOf } from "../../host/runtime/requests.ts";
import { Board, missingBoards } from "../support/boards.ts";
import { HOSTILE, type Hostile } from "../support/firmware-hostile.ts";
import { writtenModule } from "../support/firmware-modules.ts";
import { announce, PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { missingPosix, PosixBoard } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";

const INPUT = Uint8Array.of(1, 2, 3, 4, 250, 251, 252, 253);

const PLACES = [
  { port: "posix", missing: missingPosix(), start: () => PosixBoard.start() },
  { port: "qemu-m4", missing: missingBoards(), start: () => Board.start("qemu-m4") },
] as const;

// side by side: they wait for watchdogs most of the time
describe.concurrent.each(PLACES)("$port", ({ missing, start }) => {
  const boardTest = testUnless(missing);
  let board: { readonly path: string; close(): Promise<void> } | null = null;
  let link: Link;
  const good = writtenModule();
  let goodCrc = 0;

  const opened = (): Link => openLink(serialLine(board?.path ?? ""));
  beforeAll(async () => {
    if (missing) return;
    board = await start();
    link = opened();
    goodCrc = (await plainDeploy(link, good)).crc;
  }, 300_000);
  afterAll(async () => {
    await link?.close();
    await board?.close();
  });

  const step = async (): Promise<Uint8Array> =>
    (
      await link.request(
        "STEP",
        payloadOf(
          [
            [1, 0],
            [2, 1],
          ],
          INPUT,
        ),
        PATIENCE_MS,
      )
    ).slice(6);

  /** The old module is there, from its slot, and works. */
  async function expectGood(): Promise<void> {
    const model = parseModel(await link.request("MODEL", undefined, PATIENCE_MS));
    expect([model.crc, model.bytes]).toEqual([goodCrc, good.length]);
    expect(model.sequence).toBeGreaterThan(0);
    expect(await step()).toEqual(INPUT);
  }

  /** The status of the first request that fails, and its name. */
  async function harm({ wasm, info }: Hostile): Promise<readonly [string, number | string]> {
    let request = "BEGIN";
    try {
      await announce(link, wasm, info);
      for (request of ["TRY", "STEP"]) {
        const payload =
          request === "TRY"
            ? undefined
            : payloadOf(
                [
                  [1, 0],
                  [2, 1],
                ],
                INPUT,
              );
        const { status } = await link.ask(request as "TRY" | "STEP", payload, PATIENCE_MS);
        if (status !== 0) return [request, status];
      }
      return ["nothing", 0];
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
      if (error.code === "DEVICE_RESTARTED") return [request, "restarts"];
      return [request, Number(/status (-?\d+)/.exec(error.message)?.[1] ?? error.message)];
    }
  }

  for (const hostile of HOSTILE) {
    boardTest(
      hostile.name,
      async () => {
        const [request, status] = await harm(hostile);
        expect(request).toBe(hostile.fails);
        if (request !== "BEGIN") expect(status).toBe(hostile.status);
        if (status === "restarts") {
          expect((await link.hello(PATIENCE_MS)).resetReason).toBe("watchdog");
        } else if (request !== "BEGIN") {
          await link.request("ABORT", undefined, PATIENCE_MS);
        }
        await expectGood();
      },
      300_000,
    );
  }

  boardTest(
    "an endless loop that was activated is ended by the watchdog, and another module taken",
    async () => {
      const loop = HOSTILE.find(({ name }) => name === "step never returns") as Hostile;
      await plainDeploy(link, loop.wasm, loop.info);
      await expect(step()).rejects.toThrow(/DEVICE_RESTARTED/);
      expect((await link.hello(PATIENCE_MS)).resetReason).toBe("watchdog");
      await plainDeploy(link, good);
      await expectGood();
    },
    300_000,
  );

  boardTest(
    "random bytes on the line, with and without zeros",
    async () => {
      await link.close();
      const channel = await serialLine(board?.path ?? "").open({
        bytes: () => {},
        closed: () => {},
      });
      for (let k = 0; k < 20; k++) {
        const bytes = randomBytes(1000);
        channel.write(k % 2 === 0 ? bytes : bytes.map((byte) => byte | 1));
      }
      await channel.close();
      link = opened();
      await expectGood();
    },
    300_000,
  );
});
