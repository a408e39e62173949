/**
 * Opens a serial sensor of the built program on a pseudo-terminal: koffi, and serialport's binary, in whatever Node this
 * is. The line prints row after row of `k mod 10, −2 (k mod 10)`; what came of them is printed as one line of JSON.
 *
 *   node opens.mjs
 */
import { loadSystemCalls } from "../../build/host/linux/libc.js";
import { openPseudoTerminal } from "../../build/host/linux/pty.js";
import { openSensor } from "../../build/host/sensors/open.js";
import { waitInRealTime } from "../../build/host/sensors/wait.js";
import { systemClock } from "../../build/host/units.js";
import { parseUri } from "../../build/host/uri.js";

const ROWS = 200;

const terminal = openPseudoTerminal(await loadSystemCalls());
let pending = new Uint8Array(0);
let row = 0;
const printing = setInterval(() => {
  if (pending.length === 0) {
    pending = new TextEncoder().encode(`${row % 10},${-2 * (row % 10)}\n`);
    row += 1;
  }
  pending = pending.subarray(terminal.write(pending));
}, 1);
const uri = `serial:${terminal.path}?format=csv&rate=1000`;
if (!parseUri(uri)) throw new Error(`no sensor: ${uri}`);
const sensor = await openSensor(uri, {
  clock: systemClock,
  waitUntil: waitInRealTime(systemClock),
  say: () => {},
});
/** @type {number[]} */
const values = [];
for await (const block of sensor) {
  if ("values" in block) values.push(...block.values);
  if (values.length >= 2 * ROWS) break;
}
clearInterval(printing);
await sensor.close();
terminal.close();
console.log(JSON.stringify(values));
