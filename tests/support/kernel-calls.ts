/**
 * Calls of kernels with drawn arguments over drawn memory, in the firmware's C under sanitizers and in V8. A call
 * that the check refuses must have written nothing; one that it lets through touches only what a generated check looked at (the
 * program sees to both), and leaves the memory that the kernel's own WebAssembly leaves.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { at } from "../../host/model/at.ts";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import type { Parameter } from "../../host/native/source.ts";

export const RAM = 3072;
export const ROM = 1024;
const WORDS = (RAM + ROM) / 4;
const ARGUMENTS = 32;
const POKES = 112;
const RECORD_BYTES = 24 + 8 * POKES + 8 * ARGUMENTS;
const ANSWER_BYTES = 8;

/** A kernel as calls need it. */
export type Callable = {
  readonly name: string;
  /** in the program's table */
  readonly number: number;
  readonly parameters: readonly Parameter[];
};

export type Call = {
  readonly kernel: Callable;
  readonly seed: number;
  readonly style: number;
  /** the same call once more, over the same memory: what was looked through in flash is not looked through again */
  readonly twice: boolean;
  readonly arguments: readonly bigint[];
  /** bytes of linear memory that must be equal afterwards: scratch, behind them, is each kernel's own */
  readonly compared: number;
  /** words that stand in memory whatever it was filled with: address and value */
  readonly pokes: readonly (readonly [number, number])[];
  /** memory need not be equal: a form or a lane that no compiler wrote changes bits */
  readonly free: boolean;
  /** as compilers make them: must run */
  readonly valid: boolean;
};

/** Of each kernel: calls that ran, that trapped on the way, that were refused. */
export type Tally = { ran: number; trapped: number; refused: number };

/** Anything; small numbers; words that rise, and halves of words; all of these in turn. */
const STYLES = [0, 1, 1, 1, 2, 2, 3, 4];
const MIXED = 4;

const pick = (random: Random, list: readonly number[]): number =>
  at(list, Math.floor(random() * list.length));
const below = (random: Random, n: number): number => Math.floor(random() * n);

const CORNERS = [
  -(2 ** 31),
  2 ** 31 - 1,
  -1,
  0,
  1,
  2,
  3,
  65535,
  65536,
  RAM - 8,
  RAM,
  RAM + ROM,
  2 ** 30,
];

/** Values that a kernel would be called with, by the parameter's name; others are small counts. */
const BY_NAME: Readonly<Record<string, (random: Random) => number>> = {
  bits: (random) => 18 + below(random, 4),
  log2: (random) => 6 + below(random, 3),
  turn: (random) => pick(random, [64, 128, 256]),
  stride: (random) => pick(random, [0, 0, 1, 2, 4, 8, 16, 24, 32]),
  slots: (random) => pick(random, [1, 1, 2, 3, 8]),
  ahead: (random) => below(random, 2),
  slotBytes: (random) => pick(random, [8, 16]),
  step: (random) => pick(random, [-3, -1, 1, 2, 4, 8]),
  stepA: (random) => below(random, 3),
  stepB: (random) => below(random, 3),
  runs: (random) => pick(random, [1, 1, 2, 3, 6]),
  two: (random) => below(random, 2),
  n: (random) => 1 + below(random, 24),
  bytes: (random) => pick(random, [4, 8, 12, 32, 64]),
  length: (random) => below(random, 40),
  size: (random) => below(random, 64),
  q: (random) => 2 ** 30 + below(random, 2 ** 30),
  exponent: (random) => below(random, 40) - 31,
  shift: (random) => below(random, 62),
  gain: (random) => below(random, 2 ** 31),
  H: (random) => 2 + below(random, 4),
  W: (random) => 2 + below(random, 4),
  outH: (random) => 1 + below(random, 3),
  outW: (random) => 1 + below(random, 3),
  filterH: (random) => 1 + below(random, 3),
  filterW: (random) => 1 + below(random, 3),
  strideH: (random) => 1 + below(random, 2),
  strideW: (random) => 1 + below(random, 2),
  padTop: (random) => below(random, 2),
  padLeft: (random) => below(random, 2),
  last: (random) => 4 + below(random, 12),
  to: (random) => 1 + below(random, 24),
};
const NUMBERS =
  /^(?:q|exponent|shift|zeroPoint|low|high|sum|.*Q|.*Exponent|.*ZeroPoint|qBelow|least|factor|offset|floor|constant|threshold|reset|bias|mantissa|gain|diffMin|radius)/;
/** Read only: may lie in flash. */
const CONSTANT =
  /^(?:weights|rows|synapses|targets|delays|groups|parameters|table|axes|steps|window|sines|coefficients|columns|features|segments|channels|bias|stage)$/;
const OPTIONAL = /^(?:refractory|frozen|delays)$/;

/** @param share of linear memory, so that what has one of its own overlaps nothing */
function argument(random: Random, { name, type }: Parameter, share: number): bigint {
  const luck = random();
  if (luck < 0.01) return BigInt(pick(random, CORNERS));
  if (luck < 0.015) return BigInt(Math.floor((random() - 0.5) * 2 ** 32));
  if (type === "usize") {
    if (OPTIONAL.test(name) && random() < 0.4) return 0n;
    const odd = random() < 0.02 ? below(random, 8) : 0;
    const inRom = CONSTANT.test(name) && random() < 0.5;
    const own = random() < 0.8 ? share : 8 * below(random, RAM / 8);
    const place = inRom ? RAM + 8 * below(random, ROM / 16) : own;
    return BigInt(place + odd);
  }
  const drawn = BY_NAME[name];
  if (drawn && random() < 0.9) return BigInt(drawn(random));
  if (NUMBERS.test(name)) return BigInt(below(random, 300) - 150);
  return BigInt(below(random, 6));
}

/** Synapses by lists: events and rows that belong together, which drawn memory seldom has. */
function drawListed(kernel: Callable, seed: number, random: Random): Call {
  const n = 8 + below(random, 12);
  const pre = 1 + below(random, 5);
  const share = 8 * Math.floor(RAM / 8 / kernel.parameters.length);
  const slots = pick(random, [1, 1, 2, 3]);
  const values: Readonly<Record<string, number>> = {
    ...{ n, slots, ahead: below(random, 2), exponent: below(random, 8) },
    ...{ weight: below(random, 2 ** 32) - 2 ** 31, shift: below(random, 8), values: 0 },
    ...{ slotBytes: pick(random, [1, 8, 16]), stride: pick(random, [0, 4]) },
  };
  const args = kernel.parameters.map(({ name, type }, k) => {
    const inRom = CONSTANT.test(name) && random() < 0.5;
    return type === "usize" ? (inRom ? RAM + 128 * k : share * k) : (values[name] ?? 0);
  });
  const poked = (name: string, words: readonly number[]): [number, number][] => {
    const k = kernel.parameters.findIndex((one) => one.name === name);
    return k < 0 ? [] : words.map((word, w) => [at(args, k) + 4 * w, word]);
  };
  const length = below(random, 4);
  const pairs = Array.from({ length: 2 * length }, (_, k) => below(random, k % 2 === 0 ? pre : 3));
  const ends = [0];
  for (let k = 0; k < pre; k++) ends.push(at(ends, k) + below(random, 6));
  return {
    ...{ kernel, seed: subseed(seed, 1) >>> 0, style: 1, twice: random() < 0.3 },
    ...{ compared: RAM, free: false, valid: false },
    pokes: [
      ...["events", "source"].flatMap((name) => poked(name, [length, 0, ...pairs])),
      ...poked("position", [below(random, slots)]),
      ...poked("rows", ends),
      ...poked(
        "steps",
        Array.from({ length: pre }, () => below(random, slots + 1)),
      ),
    ],
    arguments: args.map(BigInt),
  };
}

/** @param hostility share of calls whose arguments are mostly corners */
export function drawAny(kernels: readonly Callable[], seed: number, hostility: number): Call {
  const random = mulberry32(subseed(seed, 0));
  const kernel = at(kernels, seed % kernels.length);
  const hostile = random() < hostility;
  const listed = !hostile && /^(?:sparse(?!Lanes)|storeBits)/.test(kernel.name) && random() < 0.7;
  if (listed) return drawListed(kernel, seed, random);
  return {
    kernel,
    seed: subseed(seed, 1) >>> 0,
    style: pick(random, STYLES),
    twice: random() < 0.2,
    ...{ compared: RAM, pokes: [], free: false, valid: false },
    arguments: kernel.parameters.map((parameter, k) =>
      hostile && random() < 0.3
        ? BigInt(pick(random, CORNERS) + below(random, 5) - 2)
        : argument(random, parameter, 8 * Math.floor((k * RAM) / 8 / kernel.parameters.length)),
    ),
  };
}

/** The memory that tests/firmware/programs/kernels.c fills. */
export function fillMemory(memory: Uint32Array, { seed, style, pokes }: Call): void {
  let state = (seed | 1) >>> 0;
  const fill = (from: number, words: number): void => {
    for (let k = 0; k < words; k++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const chosen = style === MIXED ? (k >> 4) % MIXED : style;
      const slope = (k >> 3) & 15;
      memory[from + k] =
        chosen === 0 ? state : chosen === 1 ? state & 7 : slope * (chosen === 2 ? 1 : 0x10001);
    }
  };
  fill(0, RAM / 4);
  fill(RAM / 4, ROM / 4);
  for (const [address, value] of pokes) memory[address >> 2] = value;
}

export function hashOf(memory: Uint32Array, compared: number): number {
  let hash = 2166136261;
  for (let k = 0; k < WORDS; k++) {
    if (k < compared / 4 || k >= RAM / 4) hash = Math.imul(hash ^ (memory[k] as number), 16777619);
  }
  return hash >>> 0;
}

function record(calls: readonly Call[]): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES * calls.length);
  calls.forEach((call, k) => {
    const start = k * RECORD_BYTES;
    bytes.writeUInt32LE(call.kernel.number, start);
    bytes.writeUInt32LE(call.seed, start + 4);
    bytes.writeUInt32LE(call.style, start + 8);
    bytes.writeUInt32LE(call.twice ? 1 : 0, start + 12);
    bytes.writeUInt32LE(call.compared, start + 16);
    bytes.writeUInt32LE(call.pokes.length, start + 20);
    call.pokes.forEach(([address, value], n) => {
      bytes.writeUInt32LE(address, start + 24 + 4 * n);
      bytes.writeUInt32LE(value >>> 0, start + 24 + 4 * (POKES + n));
    });
    call.arguments.forEach((value, n) => {
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value), start + 24 + 8 * POKES + 8 * n);
    });
  });
  return bytes;
}

/** What the program answers to calls. @throws with the sanitizer's words */
async function answersOf(program: string, calls: readonly Call[]): Promise<Buffer> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
  const parts: Buffer[] = [];
  let errors = "";
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    errors += text;
  });
  child.stdin.on("error", () => {}); // it ended: its exit says why
  child.stdin.end(record(calls));
  const [code, signal] = await once(child, "close");
  const answers = Buffer.concat(parts);
  if (code !== 0) {
    // what is in its buffer is lost with it: calls are asked one by one by whoever looks closer
    throw new Error(`${code ?? signal} in ${calls.length} calls: ${errors.slice(0, 3000)}`);
  }
  return answers;
}

export type Kernels = ReadonlyMap<string, (...values: (number | bigint)[]) => void>;

/** Runs calls both ways. Returns what differs, one line each. */
export async function compare(
  program: string,
  calls: readonly Call[],
  exports: WebAssembly.Exports,
  tally: Map<string, Tally>,
): Promise<string[]> {
  const answers = await answersOf(program, calls);
  const memory = new Uint32Array((exports.memory as WebAssembly.Memory).buffer);
  const findings: string[] = [];
  calls.forEach((call, k) => {
    const ran = answers.readUInt32LE(k * ANSWER_BYTES);
    const counts = tally.get(call.kernel.name) ?? { ran: 0, trapped: 0, refused: 0 };
    tally.set(call.kernel.name, counts);
    if (ran === 0) {
      counts.refused++;
      if (call.valid) findings.push(`${describe(call)}: refused`);
      return;
    }
    if (call.free) {
      counts.ran++;
      return;
    }
    fillMemory(memory, call);
    const trapped = !runs(exports, call);
    if (trapped !== (ran === 2))
      findings.push(`${describe(call)}: ${trapped ? "traps" : "runs"} in V8`);
    if (trapped) {
      counts.trapped++;
      return;
    }
    counts.ran++;
    const got = answers.readUInt32LE(k * ANSWER_BYTES + 4);
    if (got !== hashOf(memory, call.compared)) findings.push(`${describe(call)}: other memory`);
  });
  return findings;
}

function runs(exports: WebAssembly.Exports, { kernel, arguments: values }: Call): boolean {
  const run = exports[`k1_${kernel.name}`] as (...values: (number | bigint)[]) => void;
  try {
    run(
      ...values.map((v, k) =>
        at(kernel.parameters, k).type === "i64" ? v : Number(BigInt.asIntN(32, v)),
      ),
    );
    return true;
  } catch (trap) {
    if (trap instanceof WebAssembly.RuntimeError) return false;
    throw trap;
  }
}

const describe = ({ kernel, seed, style, arguments: values }: Call): string =>
  `${kernel.name}(${values.join(", ")}), memory ${seed} ${style}`;
