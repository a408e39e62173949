/**
 * A board with an accelerometer, as a process on a pseudo-terminal: 4,096 lines a second, each when it is due, from when
 * somebody reads.
 *
 *     stdout   the port's path, then the time of the first sample: nanoseconds of this computer's monotonic clock
 */
import { loadSystemCalls } from "../../host/linux/libc.ts";
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { SAMPLE_RATE_HZ } from "../../host/sensors/vibration.ts";
import { machineSignal } from "./machine-signal.ts";

const TICK_MS = 1;
/** Opening a port drops what has come, perhaps more than once: what goes after so many times full was read. */
const FULL = 5;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const terminal = openPseudoTerminal(await loadSystemCalls());
console.log(terminal.path);
const blank = Buffer.alloc(256, "\n");
for (let full = 0; full < FULL; full++) {
  while (terminal.write(blank) > 0);
  while (terminal.write(blank) === 0) await sleep(TICK_MS);
}

const next = machineSignal();
const startNs = process.hrtime.bigint();
console.log(String(startNs));
/** what the line has not taken yet */
let waiting = Buffer.from("seq,micros,a [m/s²]\n");
for (let made = 0; ; await sleep(TICK_MS)) {
  const elapsed = Number(process.hrtime.bigint() - startNs) / 1e9;
  const lines = [];
  for (const due = Math.floor(elapsed * SAMPLE_RATE_HZ); made <= due; made++) {
    lines.push(`${made},${Math.round((made / SAMPLE_RATE_HZ) * 1e6)},${next()}\n`);
  }
  waiting = Buffer.concat([waiting, Buffer.from(lines.join(""))]);
  while (waiting.length > 0) {
    const taken = terminal.write(waiting);
    if (taken === 0) break;
    waiting = waiting.subarray(taken);
  }
}
