/** A process that was stopped, as Ctrl-Z does, is no board that hangs. Waits for longer than the watchdog would. */
import { expect } from "vitest";
import { serialLine } from "../../host/lines/index.ts";
import { openLink } from "../../host/runtime/index.ts";
import { missingPosix, PosixBoard } from "../support/posix-board.ts";
import { testUnless } from "../support/skip.ts";

/** firmware/core/tw_port.h, TW_IDLE_MS */
const IDLE_MS = 5_000;

testUnless(missingPosix())(
  "a board that was stopped for a while goes on where it was",
  async () => {
    const board = await PosixBoard.start();
    const link = openLink(serialLine(board.path));
    try {
      const { boot } = await link.hello();
      board.signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 1.5 * IDLE_MS));
      board.signal("SIGCONT");
      await link.request("STATUS");
      expect((await link.hello()).boot).toBe(boot);
    } finally {
      await link.close();
      await board.close();
    }
  },
  60_000,
);
