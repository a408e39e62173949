/** The posix port as a process: its slots are its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { serialLine } from "../../host/lines/index.ts";
import { openLink } from "../../host/runtime/index.ts";
import { missingPosix, PosixBoard, posixProgram } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";

const posixTest = testUnless(missingPosix());

posixTest(
  "slots belong to one process, over its restarts too, and to the next one after it",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "twentywatt-slots-"));
    const slots = join(folder, "slots");
    const program = await posixProgram();
    const another = () => spawnSync(program, ["--stdio", "--slots", slots], { input: "" });
    const board = await PosixBoard.start("--slots", slots);
    const link = openLink(serialLine(board.path));
    try {
      await link.request("RESET");
      await expect(link.request("STATUS")).rejects.toThrow(/DEVICE_RESTARTED.*software/);
      const refused = another();
      expect(refused.status).toBe(1);
      expect(`${refused.stderr}`).toBe(`${slots}: Device or resource busy\n`);
    } finally {
      await link.close();
      await board.close();
    }
    expect(another().status).toBe(0);
    rmSync(folder, { recursive: true });
  },
);
