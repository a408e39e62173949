/**
 * A module on a board, stepped over a link. Every step goes the shortest way: bytes or events, one request where it
 * fits a frame, and in pieces where it does not.
 */
import { fail } from "../errors.ts";
import type { CheckedModule } from "../module/check.ts";
import { countCheck } from "../module/count-limits.ts";
import { microsecondsToNanoseconds, nanosecondsToMilliseconds } from "../units.ts";
import { bytesOfEvents, eventBytes, FORM, readEvents, writeEvents } from "./events.ts";
import { type Link, PATIENCE_MS } from "./link.ts";
import { type BoardStatus, PayloadReader, parseStatus, payloadOf } from "./requests.ts";
import type { Counters, Session } from "./target.ts";

/** What the board measured of one step, without the line. */
export type DeviceStep = {
  readonly us: number;
  /** cycles, or instructions where the board counts those; 0 without a counter */
  readonly cycles: number;
};

/** What all steps of a board have taken there: summed up where somebody asks, as each step costs a request more then. */
export type StepCount = { counting: boolean; ns: bigint };

export interface BoardSession extends Session {
  readonly link: Link;
  step(input: Uint8Array, output: Uint8Array): Promise<number>;
  steps(inputs: Uint8Array, count: number, outputs: Uint8Array): Promise<number>;
  /** Steps with one input, whose outputs stay on the board: what one of them took, on average. */
  timedStep(input: Uint8Array, steps?: number): Promise<DeviceStep>;
  counters(): Promise<Counters>;
  read(ptr: number, len: number): Promise<Uint8Array>;
  readState(): Promise<Uint8Array>;
  status(): Promise<BoardStatus>;
}

/** payload of a STEP before its inputs, of its answer before the outputs, of a WRITE before the bytes */
const STEP_HEAD = 3;
const ANSWER_HEAD = 6;
const WRITE_HEAD = 5;
/** Steps of one request take no longer than that: a silent board is missed the sooner. */
const BATCH_MS = 1_000;
const MOST_STEPS = 4096;
const REGION = { input: 0, state: 1 } as const;

export function boardSession(
  link: Link,
  { manifest, globals }: CheckedModule,
  payloadMax: number,
  nowNs: () => bigint,
  work: StepCount = { counting: false, ns: 0n },
): BoardSession {
  const { inLen, outLen, statePtr, stateLen, cntPtr, cntLen, outPtr, memUsed } = globals;
  const { name } = link.line;
  const request = new Uint8Array(payloadMax);
  /** of the last step: what to expect of the next one */
  let lastEvents = 0;
  /** until one was timed, a step may take as long as a whole request of them */
  let msPerStep = BATCH_MS;
  /** of the last step with the line, without what counting takes */
  let elapsedNs = 0n;

  const checkCounts = countCheck(manifest.inputs);
  const checkSizes = (input: Uint8Array, output: Uint8Array, count: number): void => {
    if (input.length !== count * inLen) wrongSize("input", input.length, count * inLen);
    if (output.length !== count * outLen) wrongSize("output", output.length, count * outLen);
    for (let k = 0; checkCounts && k < count; k++) {
      checkCounts(input.subarray(k * inLen, (k + 1) * inLen), "input");
    }
  };

  const write = async (region: number, bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + link.rooms.request.bytes - WRITE_HEAD);
      const done = await link.offer("WRITE", payloadOf([u8(region), u32(at)], part));
      if (done !== null) at += part.length;
    }
  };

  const read = async (ptr: number, to: Uint8Array): Promise<void> => {
    for (let at = 0; at < to.length; ) {
      const length = Math.min(link.rooms.answer.bytes, to.length - at);
      const part = await link.request("READ", payloadOf([u32(ptr + at), u16(length)]));
      if (part.length !== length) {
        fail("DEVICE_PROTOCOL", `${name}: READ`, `${part.length} bytes`, `${length} bytes`);
      }
      to.set(part, at);
      at += length;
    }
  };

  const run = async (steps: number): Promise<DeviceStep & { readonly result: number }> => {
    const answer = await link.request("RUN", payloadOf([u16(steps)]), PATIENCE_MS.long);
    const r = new PayloadReader(answer, "RUN");
    r.u16();
    const [result, us, cycles] = [r.i32(), r.u32(), r.u64()];
    if (work.counting) work.ns += microsecondsToNanoseconds(us);
    return { result, us: us / steps, cycles: cycles / steps };
  };

  /** Rows of `inputs` that one request holds, at least one, and the shorter form for them. */
  const fitting = (inputs: Uint8Array, most: number) => {
    const room = link.rooms.request.bytes - STEP_HEAD;
    let [bytes, asEvents, rows] = [0, 0, 0];
    while (rows < most) {
      const row = inputs.subarray(rows * inLen, (rows + 1) * inLen);
      const events = asEvents + eventBytes(row);
      if (Math.min(bytes + inLen, events) > room && rows > 0) break;
      [bytes, asEvents] = [bytes + inLen, events];
      rows++;
    }
    return { rows, bytes: Math.min(bytes, asEvents), events: asEvents < bytes };
  };

  /** STEP with `rows` inputs that fit. null: the line does not carry it. Raises what the board refuses. */
  const exchange = async (
    inputs: Uint8Array,
    rows: number,
    form: number,
  ): Promise<Uint8Array | null> => {
    request[0] = form;
    request[1] = rows & 0xff;
    request[2] = rows >>> 8;
    let end = STEP_HEAD;
    if (form & FORM.inputEvents) {
      for (let k = 0; k < rows; k++) {
        end = writeEvents(inputs.subarray(k * inLen, (k + 1) * inLen), request, end);
      }
    } else {
      request.set(inputs, end);
      end += inputs.length;
    }
    const startNs = nowNs();
    const answer = await link.offer("STEP", request.subarray(0, end), PATIENCE_MS.long);
    msPerStep = nanosecondsToMilliseconds(nowNs() - startNs) / rows;
    return answer;
  };

  const step = async (input: Uint8Array, output: Uint8Array): Promise<number> => {
    checkSizes(input, output, 1);
    const shape = fitting(input, 1);
    const startNs = nowNs();
    if (STEP_HEAD + shape.bytes > link.rooms.request.bytes) {
      await write(REGION.input, input);
      const { result } = await run(1);
      await read(outPtr, output);
      elapsedNs = nowNs() - startNs;
      return result;
    }
    const result = await exchangeOne(input, output, shape);
    // shorter frames now
    if (result === null) return step(input, output);
    elapsedNs = nowNs() - startNs;
    if (work.counting) work.ns += microsecondsToNanoseconds((await status()).stepUs);
    return result;
  };

  const exchangeOne = async (
    input: Uint8Array,
    output: Uint8Array,
    shape: { readonly events: boolean },
  ): Promise<number | null> => {
    const fits = ANSWER_HEAD + outLen <= link.rooms.answer.bytes;
    const outputEvents = outLen <= 65536 && (!fits || bytesOfEvents(lastEvents) < outLen);
    const form =
      (shape.events ? FORM.inputEvents : 0) | (outputEvents || !fits ? FORM.outputEvents : 0);
    const answer = await exchange(input, 1, form);
    if (answer === null) return null;
    const result = resultOf(answer);
    const bytes = answer.subarray(ANSWER_HEAD);
    if (form & FORM.outputEvents) {
      const events = readEvents(bytes, output);
      lastEvents = events ?? outLen;
      if (events === null) await read(outPtr, output);
      return result;
    }
    takeOutputs(bytes, output);
    lastEvents = fits && outLen > 0 ? activeIn(output) : 0;
    return result;
  };

  const resultOf = (answer: Uint8Array): number => {
    const r = new PayloadReader(answer, "STEP");
    r.u16();
    return r.i32();
  };

  const status = async (): Promise<BoardStatus> => parseStatus(await link.request("STATUS"));

  const takeOutputs = (bytes: Uint8Array, to: Uint8Array): void => {
    if (bytes.length !== to.length) {
      fail("DEVICE_PROTOCOL", `${name}: STEP`, `${bytes.length} bytes`, `${to.length} bytes`);
    }
    to.set(bytes);
  };

  return {
    manifest,
    target: name,
    link,
    inputBytes: inLen,
    outputBytes: outLen,
    step,
    ...(work.counting && { lastStepNs: () => elapsedNs }),
    async steps(inputs, count, outputs) {
      checkSizes(inputs, outputs, count);
      const outputRows = (): number =>
        outLen > 0 ? Math.floor((link.rooms.answer.bytes - ANSWER_HEAD) / outLen) : MOST_STEPS;
      let result = 0;
      for (let at = 0; at < count; ) {
        const timely = Math.max(1, Math.floor(BATCH_MS / Math.max(msPerStep, 0.1)));
        // the board keeps the time of its last step only
        const counted = work.counting ? 1 : MOST_STEPS;
        const most = Math.min(count - at, Math.max(1, outputRows()), timely, counted);
        const { rows, events } = fitting(inputs.subarray(at * inLen), most);
        const [from, to] = [
          inputs.subarray(at * inLen, (at + rows) * inLen),
          outputs.subarray(at * outLen, (at + rows) * outLen),
        ];
        if (rows === 1) {
          result = await step(from, to);
        } else {
          const answer = await exchange(from, rows, events ? FORM.inputEvents : 0);
          if (answer === null) continue;
          result = resultOf(answer);
          takeOutputs(answer.subarray(ANSWER_HEAD), to);
        }
        at += rows;
      }
      return result;
    },
    async timedStep(input, steps = 1) {
      if (input.length !== inLen) wrongSize("input", input.length, inLen);
      checkCounts?.(input, "input");
      await write(REGION.input, input);
      return run(steps);
    },
    async reset() {
      await link.request("INIT", undefined, PATIENCE_MS.long);
    },
    async counters() {
      const bytes = new Uint8Array(cntLen);
      await read(cntPtr, bytes);
      const view = new DataView(bytes.buffer);
      return {
        steps: view.getBigUint64(0, true),
        spikes: view.getBigUint64(8, true),
        synapticEvents: view.getBigUint64(16, true),
        saturations: view.getBigUint64(24, true),
      };
    },
    async read(ptr, len) {
      if (ptr < 0 || len < 0 || ptr + len > memUsed) {
        fail("USAGE", "read", `${ptr}, ${len}`, `a range inside ${memUsed} bytes`);
      }
      const bytes = new Uint8Array(len);
      await read(ptr, bytes);
      return bytes;
    },
    async readState() {
      const state = new Uint8Array(stateLen);
      await read(statePtr, state);
      return state;
    },
    async writeState(state) {
      if (state.length !== stateLen) {
        fail("STATE_MISMATCH", "state", `${state.length} bytes`, `${stateLen} bytes`);
      }
      await write(REGION.state, state);
    },
    status,
    close: () => link.close(),
  };
}

function activeIn(bytes: Uint8Array): number {
  let active = 0;
  for (let k = 0; k < bytes.length; k++) if (bytes[k] !== 0) active++;
  return active;
}

const u8 = (value: number): readonly [1, number] => [1, value];
const u16 = (value: number): readonly [2, number] => [2, value];
const u32 = (value: number): readonly [4, number] => [4, value];

function wrongSize(what: string, got: number, expected: number): never {
  return fail("INPUT_SIZE", what, `${got} bytes`, `${expected} bytes`);
}
