/**
 * A port that hangs up between two reads. From then on the kernel answers every read with nothing, and where a read gives
 * nothing the serialport package reads again, without an end: the program would spin, and never hear that its device is gone.
 * Ports are opened raw (VMIN 1) and without blocking, so that a read where nothing is there yet ends in EAGAIN: a read of
 * nothing is a hang-up, and nothing else.
 */
import { read } from "node:fs";
import { promisify } from "node:util";
import type { SerialPort } from "serialport";

const readFrom = promisify(read);

/** The reads of an open port end where its line hangs up. Windows' reads do so by themselves. */
export function hearHangUp({ port: binding }: SerialPort): void {
  if (!binding || !("poller" in binding)) return;
  const { poller } = binding;
  /** Of a port that was closed meanwhile the poller is no more, and to ask it would end the process. */
  const whereOpen = (): number => {
    if (binding.fd !== null) return binding.fd;
    throw Object.assign(new Error("Port is not open"), { canceled: true });
  };
  const readable = () =>
    new Promise<void>((resolve, reject) => {
      whereOpen();
      poller.once("readable", (error: Error | null) => (error ? reject(error) : resolve()));
    });
  binding.read = async (buffer, offset, length) => {
    for (;;) {
      const bytesRead = await readNow(whereOpen(), buffer, offset, length);
      if (bytesRead === 0) throw new Error("the line hung up");
      if (bytesRead !== null) return { buffer, bytesRead };
      await readable();
    }
  };
}

/** @returns null where nothing is there yet */
async function readNow(
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<number | null> {
  try {
    return (await readFrom(fd, buffer, offset, length, null)).bytesRead;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN" || code === "EINTR") return null;
    throw error;
  }
}
