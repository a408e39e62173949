/**
 * Pseudo-terminals: a serial port whose other end is this program. Simulated instruments speak through them, and tests,
 * so that real ttys and real bytes are what is tested.
 */
import { closeSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openWithoutBlocking, readAvailable } from "./descriptor.ts";
import { requestNumber } from "./ioctl.ts";
import { layout, readU32, writeU32 } from "./layout.ts";
import { codeOf, type SystemCalls } from "./system-calls.ts";

/** The kernel's struct (asm/termbits.h), not that of the C library. */
export const TERMIOS = layout("termios", 36, {
  ...{ c_iflag: [0, 4], c_oflag: [4, 4], c_cflag: [8, 4], c_lflag: [12, 4] },
  ...{ c_line: [16, 1], c_cc: [17, 19] },
});

const TERMINAL = 0x54; // 'T'
export const TERMINAL_REQUEST = {
  TCGETS: requestNumber("none", TERMINAL, 0x01, 0),
  TCSETS: requestNumber("none", TERMINAL, 0x02, 0),
  TIOCGPTN: requestNumber("read", TERMINAL, 0x30, 4),
  TIOCSPTLCK: requestNumber("write", TERMINAL, 0x31, 4),
} as const;

/** asm/termbits.h: what cfmakeraw(3) clears and sets. */
export const RAW = {
  /** IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON */
  iflagOff: 0o0001 | 0o0002 | 0o0010 | 0o0040 | 0o0100 | 0o0200 | 0o0400 | 0o2000,
  /** OPOST */
  oflagOff: 0o0001,
  /** CSIZE PARENB, then CS8 */
  cflagOff: 0o0060 | 0o0400,
  cflagOn: 0o0060,
  /** ISIG ICANON ECHO ECHONL IEXTEN */
  lflagOff: 0o0001 | 0o0002 | 0o0010 | 0o0100 | 0o100000,
} as const;

export type PseudoTerminal = {
  /** what the other program opens: /dev/pts/N */
  readonly path: string;
  /** @returns how many bytes came; null where there are none, or nobody has the path open */
  readonly read: (bytes: Uint8Array) => number | null;
  /** Whether somebody had the path open at the last read; true until the first has come and gone. */
  readonly attended: () => boolean;
  /** @returns how many bytes were taken: fewer, or none, while the other side does not read */
  readonly write: (bytes: Uint8Array) => number;
  /** Whoever has the path open sees the line end, as when a cable is pulled. Harmless when called twice. */
  readonly close: () => void;
};

/**
 * Opens a pair that carries bytes unchanged. What posix_openpt, unlockpt and ptsname do in C; grantpt has nothing left to
 * do on Linux.
 *
 * @param root where /dev stands
 * @throws the kernel's error: ENOSPC where there are too many
 */
export function openPseudoTerminal(calls: SystemCalls, root = "/"): PseudoTerminal {
  const fd = openWithoutBlocking(join(root, "dev/ptmx"));
  const word = new Uint8Array(4);
  let path: string;
  try {
    calls.ioctl(fd, TERMINAL_REQUEST.TIOCSPTLCK, word);
    makeRaw(calls, fd);
    calls.ioctl(fd, TERMINAL_REQUEST.TIOCGPTN, word);
    path = join(root, "dev/pts", String(readU32(word, { at: 0, bytes: 4 })));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let open = true;
  let attended = true;
  return {
    path,
    read(bytes) {
      if (!open) return null;
      attended = true;
      const left = (): null => {
        attended = false;
        return null;
      };
      return unless(["EIO"], () => readAvailable(fd, bytes), left);
    },
    attended: () => attended,
    write: (bytes) =>
      open
        ? unless(
            ["EAGAIN", "EIO"],
            () => writeSync(fd, bytes),
            () => 0,
          )
        : 0,
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Lets a terminal, or a serial port, pass bytes as they are: cfmakeraw(3). */
export function makeRaw(calls: SystemCalls, fd: number): void {
  const bytes = new Uint8Array(TERMIOS.size);
  calls.ioctl(fd, TERMINAL_REQUEST.TCGETS, bytes);
  const { c_iflag, c_oflag, c_cflag, c_lflag } = TERMIOS.fields;
  writeU32(bytes, c_iflag, readU32(bytes, c_iflag) & ~RAW.iflagOff);
  writeU32(bytes, c_oflag, readU32(bytes, c_oflag) & ~RAW.oflagOff);
  writeU32(bytes, c_cflag, (readU32(bytes, c_cflag) & ~RAW.cflagOff) | RAW.cflagOn);
  writeU32(bytes, c_lflag, readU32(bytes, c_lflag) & ~RAW.lflagOff);
  calls.ioctl(fd, TERMINAL_REQUEST.TCSETS, bytes);
}

/** EIO is the kernel's word for "the other side is not open". */
function unless<T>(codes: readonly string[], call: () => T, otherwise: () => T): T {
  try {
    return call();
  } catch (error) {
    if (codes.includes(codeOf(error) ?? "")) return otherwise();
    throw error;
  }
}
