/** The posix board on a line that carries 64 bytes at once: a module reaches it, and each request is done once. */
import { afterAll, beforeAll, expect } from "vitest";
import { encodeFrame } from "../../host/lines/frame.ts";
import { serialLine } from "../../host/lines/index.ts";
import { deploy } from "../../host/runtime/deploy.ts";
import { type Link, openLink } from "../../host/runtime/index.ts";
import { encodeSlotInfo, parseStatus, payloadOf, REQUEST } from "../../host/runtime/requests.ts";
import { COPY, leb, signed, writtenModule } from "../support/firmware-modules.ts";
import { slotInfo } from "../support/plain-deploy.ts";
import { missingPosix, PosixBoard } from "../support/posix-board.ts";
import { ShortLine } from "../support/short-line.ts";
import { testUnless } from "../support/skip.ts";

const posixTest = testUnless(missingPosix());
const CARRIED = 64;
const STEPS = 5;
const PATIENCE_MS = 300_000;

/** Its answers are longer than the line carries, and it is some pages long. */
const OUT_LEN = 400;
const DATA = Array.from({ length: 700 }, (_, k) => (k * 31) & 0xff);
const wasm = writtenModule({
  globals: { out_len: OUT_LEN, state_ptr: 424, cnt_ptr: 432, mem_used: 1200 },
  step: COPY,
  sections: { 11: [1, 0, 0x41, ...signed(432), 0x0b, ...leb(DATA.length), ...DATA] },
});

let board: PosixBoard;
let line: ShortLine;
let link: Link;
beforeAll(async () => {
  if (missingPosix()) return;
  board = await PosixBoard.start();
  line = new ShortLine(serialLine(board.path), CARRIED);
  link = openLink(line);
}, PATIENCE_MS);
afterAll(async () => {
  await link?.close();
  await board?.close();
});

posixTest(
  "a module is deployed, and steps answer",
  async () => {
    expect((await link.hello()).smallFrames).toBe(true);
    const { sequence, attempts } = await deploy(link, wasm, slotInfo(wasm));
    expect([sequence, attempts]).toEqual([1, 1]);
    expect(link.rooms.request.bytes).toBeLessThan(CARRIED);
    for (let k = 0; k < STEPS; k++) {
      const input = Uint8Array.from({ length: 8 }, (_, n) => 10 * k + n);
      const head = [
        [1, 0],
        [2, 1],
      ] as const;
      const output = (await link.request("STEP", payloadOf(head, input))).subarray(6);
      expect([...output.subarray(0, 8)]).toEqual([...input]);
      expect(output.length).toBe(OUT_LEN);
    }
    expect(parseStatus(await link.request("STATUS")).steps).toBe(STEPS);
  },
  PATIENCE_MS,
);

posixTest(
  "what waits for a full page is no part of the slot yet, and no part of the next module",
  async () => {
    const data = (at: number, bytes: Uint8Array) =>
      link.request("DATA", payloadOf([[4, at]], bytes));
    const held = async (at: number, length: number) =>
      link.request(
        "READ_BACK",
        payloadOf([
          [4, at],
          [2, length],
        ]),
      );
    await link.request("BEGIN", encodeSlotInfo(slotInfo(wasm)));
    await data(0, new Uint8Array(30).fill(0xee));
    await expect(held(0, 1)).rejects.toThrow(/status -4|READ_BACK/);
    await link.request("BEGIN", encodeSlotInfo(slotInfo(wasm)));
    for (let at = 0; at < wasm.length; at += 37) {
      if (at === 10 * 37) {
        expect(await held(0, 256)).toEqual(wasm.slice(0, 256));
        await expect(held(0, 257)).rejects.toThrow(/READ_BACK/);
      }
      await data(at, wasm.subarray(at, at + 37));
    }
    await link.request("TRY");
    await link.request("ABORT");
  },
  PATIENCE_MS,
);

posixTest(
  "a HELLO of another wire version takes nothing from the host that is there",
  async () => {
    await link.request("BEGIN", encodeSlotInfo(slotInfo(wasm)));
    const hello = { type: REQUEST.HELLO, status: 0, session: 0x7e7e, sequence: 0 };
    for (const payload of [[2, 0], [1], [1, 0, 0], []]) {
      line.inject(encodeFrame({ ...hello, payload: Uint8Array.from(payload) }));
      const status = parseStatus(await link.request("STATUS"));
      expect(status.stage).toBe("data");
    }
    await link.request("ABORT");
  },
  PATIENCE_MS,
);
