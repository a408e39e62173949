// A PPK2 that is none: a pseudo-terminal that speaks its bytes. The board it stands for draws what this call says: IDLE mA,
// STEP mA while the board's step pin is high, and half way between them while input and output are moved. The pins are the
// lines of a file, as the firmware's posix port writes them with --marker, by the same clock as ours. With HOLD µs every level
// is seen for at least so long, as that of a board's timestamp pin (--pin), which the port's file has as a moment.
//
//   node fake-ppk2.mjs LINK MARKER-FILE [IDLE-MA STEP-MA [HOLD-US]]
import { closeSync, openSync, readSync, rmSync, symlinkSync } from "node:fs";
import { loadSystemCalls } from "../../build/host/linux/libc.js";
import { openPseudoTerminal } from "../../build/host/linux/pty.js";

const [link, markerFile, idle = "2", step = "12", hold = "0"] = process.argv.slice(2);
if (link === undefined || markerFile === undefined) {
  console.error("node fake-ppk2.mjs LINK MARKER-FILE [IDLE-MA STEP-MA [HOLD-US]]");
  process.exit(2);
}
const [idleAmps, stepAmps] = [Number(idle) / 1000, Number(step) / 1000];
/** By the levels of the pins: bit 0 while step() runs, bit 1 around it with input and output. */
const AMPS = [idleAmps, stepAmps, (idleAmps + stepAmps) / 2, stepAmps];

/** Range 2 with its standard calibration, up to 71 mA: A = x · (x + 1), x = 4 · adc · 1.8 / 163,840 / 10.15. */
const RANGE = 2;
const adcOf = (amps) =>
  Math.round((((Math.sqrt(1 + 4 * Math.max(0, amps)) - 1) / 2) * 10.15 * 163_840) / 1.8 / 4);
/** A current is never still: by 2 % of it here, over and over. */
const READINGS = 1024;
const readings = AMPS.map((amps) =>
  Uint16Array.from({ length: READINGS }, () => adcOf(amps * (1 + 0.04 * (Math.random() - 0.5)))),
);
const METADATA = "Calibrated: 0\nVDD: 3300\nHW: fake\nmode: 2\nIA: 56\nEND\n";
/** Bytes behind a command that has some. */
const ARGUMENTS = { 12: 1, 13: 2, 17: 1 };
const SAMPLE_NS = 10_000;
const HOLD_SAMPLES = (Number(hold) * 1000) / SAMPLE_NS;
/** What the pins did comes with the file, a little later. */
const DELAY_NS = 3_000_000;
const MOST_A_TURN = 20_000;

const terminal = openPseudoTerminal(await loadSystemCalls());
rmSync(link, { force: true });
symlinkSync(terminal.path, link);
console.log(`a fake PPK2: ${link}`);

const marker = openSync(markerFile, "r");
let text = "";
const changes = [];
let levels = 0;
function readMarker() {
  const bytes = Buffer.alloc(65_536);
  for (let count = 1; count > 0; ) {
    count = readSync(marker, bytes);
    text += bytes.toString("latin1", 0, count);
  }
  const lines = text.split("\n");
  text = lines.pop() ?? "";
  for (const line of lines) {
    const [ns = "0", level = "0"] = line.split(" ");
    changes.push([BigInt(ns), Number(level)]);
  }
}

let pending = new Uint8Array(0);
let startNs = null; // of the stream; null while there is none
let sent = 0;
/** the sample that showed the last change first */
let changed = -Infinity;
const since = (ns) => Number(ns - startNs);
function samples() {
  const due = Math.floor((since(process.hrtime.bigint()) - DELAY_NS) / SAMPLE_NS);
  const count = Math.max(0, Math.min(MOST_A_TURN, due - sent));
  const words = new Uint32Array(count); // little-endian, as every computer that this may run on
  let next = 0;
  let nextNs = changes.length > 0 ? since(changes[0][0]) : Infinity;
  for (let k = 0; k < count; k++, sent++) {
    while (nextNs <= sent * SAMPLE_NS && sent - changed >= HOLD_SAMPLES) {
      changed = sent;
      levels = changes[next++][1];
      nextNs = next < changes.length ? since(changes[next][0]) : Infinity;
    }
    const adc = readings[levels][sent % READINGS];
    words[k] = adc | (RANGE << 14) | ((sent % 64) << 18) | (levels << 24);
  }
  changes.splice(0, next);
  return new Uint8Array(words.buffer);
}

const received = [];
function obey() {
  const bytes = new Uint8Array(256);
  received.push(...bytes.subarray(0, terminal.read(bytes) ?? 0));
  for (;;) {
    const length = 1 + (ARGUMENTS[received[0]] ?? 0);
    if (received.length < length) return;
    const [command] = received.splice(0, length);
    if (command === 0x06) [startNs, sent, changed] = [process.hrtime.bigint(), 0, -Infinity];
    if (command === 0x07) startNs = null;
    if (command === 0x19) pending = Buffer.concat([pending, Buffer.from(METADATA)]);
  }
}

function turn() {
  obey();
  readMarker();
  if (startNs !== null && pending.length === 0) pending = samples();
  if (pending.length > 0) pending = pending.subarray(terminal.write(pending));
  setTimeout(turn, 1);
}
turn();

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    closeSync(marker);
    terminal.close();
    rmSync(link, { force: true });
    process.exit(0);
  });
}
