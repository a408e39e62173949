/** What another process has worked, as Linux counts it: neither its waiting nor its turn in the queue. */
import { readdir, readFile } from "node:fs/promises";
import { systemTimers, type Timers } from "../lines/index.ts";

/** Once per so many ms, until two readings agree. */
const PAUSE_MS = 1;
const MOST_READINGS = 20;

/**
 * Nanoseconds on a processor, of all threads that there are; null where the system does not say, or the process has ended. A process that has just
 * answered is on its way to sleep, and what it takes is booked when it gets there: read until nothing is added.
 *
 * @param proc where Linux keeps what it knows of processes
 */
export async function processTimeNs(
  pid: number,
  timers: Pick<Timers, "after"> = systemTimers,
  proc = "/proc",
): Promise<bigint | null> {
  const threads = `${proc}/${pid}/task`;
  let before = await readNs(threads);
  for (let k = 1; k < MOST_READINGS && before !== null; k++) {
    await new Promise<void>((resolve) => timers.after(PAUSE_MS, resolve));
    const now = await readNs(threads);
    if (now === before) break;
    before = now;
  }
  return before;
}

/** Of each thread, "113320554 443343220 64": on a processor, waiting for one, turns. */
async function readNs(threads: string): Promise<bigint | null> {
  try {
    let sumNs = 0n;
    for (const thread of await readdir(threads)) {
      const [ns = ""] = (await readFile(`${threads}/${thread}/schedstat`, "utf8")).split(" ");
      if (!/^\d+$/.test(ns)) return null;
      sumNs += BigInt(ns);
    }
    return sumNs;
  } catch {
    return null;
  }
}
