/** Pseudo-terminals of this computer's kernel: the other side is a file that this process opens a second time. */
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { expect } from "vitest";
import { openWithoutBlocking, readAvailable } from "../../../host/linux/descriptor.ts";
import { openPseudoTerminal } from "../../../host/linux/pty.ts";
import { codeOf } from "../../../host/linux/system-calls.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, k) => k);

kernelTest("every byte passes unchanged, both ways", () => {
  const terminal = openPseudoTerminal(systemCalls());
  const other = openWithoutBlocking(terminal.path);
  const bytes = new Uint8Array(1024);
  expect(terminal.write(EVERY_BYTE)).toBe(256);
  expect(readAvailable(other, bytes)).toBe(256);
  expect(bytes.subarray(0, 256)).toEqual(EVERY_BYTE);
  expect(readAvailable(other, bytes)).toBe(null);
  expect(writeSync(other, EVERY_BYTE)).toBe(256);
  expect(terminal.read(bytes)).toBe(256);
  expect(bytes.subarray(0, 256)).toEqual(EVERY_BYTE);
  expect(terminal.read(bytes)).toBe(null);
  closeSync(other);
  terminal.close();
});

kernelTest(
  "a megabyte through buffers of some kilobytes, in pieces: whole and in its order",
  () => {
    const terminal = openPseudoTerminal(systemCalls());
    const other = openWithoutBlocking(terminal.path);
    const sent = randomBytes(1 << 20);
    const came = new Uint8Array(sent.length);
    const piece = new Uint8Array(1500);
    let [written, read, refusedOnce] = [0, 0, false];
    while (read < sent.length) {
      const taken = terminal.write(sent.subarray(written, written + 4096));
      if (taken === 0 && written < sent.length) refusedOnce = true;
      written += taken;
      const count = readAvailable(other, piece);
      if (count === null) continue;
      came.set(piece.subarray(0, count), read);
      read += count;
    }
    expect(Buffer.compare(came, sent)).toBe(0);
    expect(refusedOnce, "the kernel's buffer was never full").toBe(true);
    closeSync(other);
    terminal.close();
  },
);

kernelTest("nobody on the other side is not an error; who comes back finds the line", () => {
  const terminal = openPseudoTerminal(systemCalls());
  const bytes = new Uint8Array(16);
  expect(terminal.read(bytes)).toBe(null);
  closeSync(openWithoutBlocking(terminal.path));
  expect(terminal.read(bytes)).toBe(null);
  const again = openWithoutBlocking(terminal.path);
  writeSync(again, Uint8Array.of(7));
  expect(terminal.read(bytes)).toBe(1);
  closeSync(again);
  terminal.close();
});

kernelTest("closing it is the cable pulled: the other side fails, the path goes", () => {
  const terminal = openPseudoTerminal(systemCalls());
  const { path } = terminal;
  const other = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  terminal.close();
  terminal.close();
  let ended: number | string | null;
  try {
    ended = readAvailable(other, new Uint8Array(1));
  } catch (error) {
    ended = codeOf(error);
  }
  expect([0, "EIO"]).toContain(ended);
  expect(() => writeSync(other, Uint8Array.of(1))).toThrow("EIO");
  expect(terminal.read(new Uint8Array(1))).toBe(null);
  expect(terminal.write(Uint8Array.of(1))).toBe(0);
  closeSync(other);
});

kernelTest("two at once have different paths", () => {
  const [a, b] = [openPseudoTerminal(systemCalls()), openPseudoTerminal(systemCalls())];
  expect(a.path).toMatch(/^\/dev\/pts\/\d+$/);
  expect(a.path).not.toBe(b.path);
  a.close();
  b.close();
});
