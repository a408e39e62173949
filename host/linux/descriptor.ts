/** File descriptors that answer at once: no thread waits in the kernel, so that the program can always end. */
import { constants, openSync, readSync } from "node:fs";
import { codeOf, type SystemCalls } from "./system-calls.ts";

/** asm-generic/ioctls.h. It sets O_NONBLOCK like fcntl does, on every kind of file, and leaves the other flags alone. */
const FIONBIO = 0x5421;

/** For descriptors that the kernel handed out itself; what we open is opened without blocking. */
export function setNonBlocking(calls: SystemCalls, fd: number): void {
  calls.ioctl(fd, FIONBIO, Uint8Array.of(1, 0, 0, 0));
}

/** Opens a device to read and write without blocking; a terminal does not become that of this process. */
export const openWithoutBlocking = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);

/** @returns how many bytes were there, 0 at the end of the file, null where nothing is there yet */
export function readAvailable(fd: number, bytes: Uint8Array): number | null {
  try {
    return readSync(fd, bytes);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return null;
    throw error;
  }
}
