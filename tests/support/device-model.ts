/**
 * A board as firmware/README.md describes it, in this process: the other side for tests of the host that need a time of
 * their own, or a line that fails. It shares the frames with the host, which golden vectors pin, and nothing else.
 */
import { crc32 } from "node:zlib";
import { encodeFrame, type Frame, FrameReceiver, PAYLOAD_MAX } from "../../host/lines/frame.ts";
import { PayloadReader, payloadOf, REQUEST } from "../../host/runtime/requests.ts";
import type { Clock } from "../../host/units.ts";
import { DeviceModule, Refused, STATUS } from "./device-module.ts";
import { DeviceSlots } from "./device-slots.ts";
import { runRequest, STEP_US, type Stepped, stepRequest } from "./device-steps.ts";

const INFO_BYTES = 36;
const NAME = new Map<number, keyof typeof REQUEST>(
  Object.entries(REQUEST).map(([name, type]) => [type, name as keyof typeof REQUEST]),
);

export type DeviceOptions = {
  readonly slotBytes?: number;
  readonly arenaBytes?: number;
  /** says the same boot number after every start */
  readonly forgetsBoots?: boolean;
  /** an older firmware: without PART, DATA in whole pages */
  readonly longFrames?: boolean;
  /** called before a request is done; may restart the board */
  readonly before?: (name: string, device: DeviceModel) => void;
  /** what a board that lies answers instead */
  readonly lie?: (name: string, answer: Uint8Array) => Uint8Array;
};

export class DeviceModel {
  readonly slots: DeviceSlots;
  readonly arenaBytes: number;
  /** the line to the host; null while nobody listens */
  send: ((bytes: Uint8Array) => void) | null = null;
  /** requests done, by name */
  readonly done = new Map<string, number>();
  module: DeviceModule | null = null;
  restarts = 0;
  private readonly clock: Clock;
  private readonly options: DeviceOptions;
  private receiver!: FrameReceiver;
  private boot = 0x1000;
  private resetReason = 0;
  private open = false;
  private session = 0;
  private sequence = 0;
  private kept = new Uint8Array(0);
  private stage = 0;
  private candidate = 0;
  private coming = new Uint8Array(0);
  private received = 0;
  private steps = 0;
  private log = "";

  constructor(clock: Clock, options: DeviceOptions = {}) {
    this.clock = clock;
    this.options = options;
    this.slots = new DeviceSlots(options.slotBytes ?? 256 * 1024);
    this.arenaBytes = options.arenaBytes ?? 256 * 1024;
    this.start(0);
  }

  receive(bytes: Uint8Array): void {
    this.receiver.push(bytes);
  }

  /** @param reason 0 power, 1 watchdog, 2 software, 3 fault */
  restart(reason: number): void {
    this.restarts++;
    this.start(reason);
  }

  print(text: string): void {
    this.send?.(new TextEncoder().encode(text));
  }

  private start(reason: number): void {
    this.receiver = new FrameReceiver(this.clock, {
      frame: (frame) => this.take(frame),
      text: () => {},
    });
    this.boot++;
    this.resetReason = reason;
    this.open = false;
    this.kept = new Uint8Array(0);
    this.stage = 0;
    this.loadActive();
    this.log += `boot ${this.boot}\n`;
    this.print("m-timestamp-mode-performance\r\nm-init-done\r\nm-ready\r\n");
  }

  private loadActive(): void {
    const { active } = this.slots;
    const found = this.slots.read(active);
    this.steps = 0;
    try {
      this.module = found && new DeviceModule(found.wasm, this.arenaBytes);
    } catch {
      this.module = null;
    }
  }

  private take(frame: Frame): void {
    if (frame.type & 0x80) return;
    const ours = this.open && frame.session === this.session;
    if (ours && frame.type === REQUEST.PART && !this.options.longFrames) this.part(frame);
    else if (ours && frame.sequence === this.sequence) this.send?.(this.kept);
    else if (frame.type === REQUEST.HELLO && !ours) {
      this.greet(frame);
    } else if (!ours) this.refuse(frame, STATUS.SESSION);
    else if (frame.sequence === ((this.sequence + 1) & 0xffff)) this.doIt(frame);
    else this.refuse(frame, STATUS.SEQUENCE);
  }

  private greet(frame: Frame): void {
    // one that cannot be answered takes no session from the host before
    const speaks = frame.payload.length === 2 && frame.payload[0] === 1 && frame.payload[1] === 0;
    if (frame.session === 0 || frame.sequence !== 0 || !speaks) {
      this.refuse(frame, STATUS.FRAME);
      return;
    }
    this.endTrial();
    this.open = true;
    this.doIt(frame);
  }

  /** Of the answer that is kept, as it stands on the line. */
  private part(frame: Frame): void {
    if (frame.sequence !== this.sequence) {
      this.refuse(frame, STATUS.SEQUENCE);
      return;
    }
    const whole = frame.payload.length === 4;
    const r = new PayloadReader(frame.payload, "PART");
    const [offset, most] = whole ? [r.u16(), r.u16()] : [this.kept.length + 1, 0];
    if (offset > this.kept.length) {
      this.refuse(frame, STATUS.FRAME);
      return;
    }
    const piece = this.kept.subarray(offset, offset + Math.min(most, PAYLOAD_MAX - 4));
    this.send?.(
      encodeFrame(
        answerTo(
          frame,
          0,
          payloadOf(
            [
              [2, this.kept.length],
              [2, offset],
            ],
            piece,
          ),
        ),
      ),
    );
  }

  private refuse(frame: Frame, status: number): void {
    const open = payloadOf(status === STATUS.SESSION ? [[2, this.open ? this.session : 0]] : []);
    this.send?.(encodeFrame(answerTo(frame, status, open)));
  }

  private doIt(frame: Frame): void {
    const name = NAME.get(frame.type) ?? "?";
    const { boot } = this;
    this.options.before?.(name, this);
    if (this.boot !== boot) return; // it restarted instead
    this.session = frame.session;
    this.sequence = frame.sequence;
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    let answer: Frame;
    try {
      const truth = this.handle(frame);
      answer = answerTo(frame, 0, this.options.lie?.(name, truth) ?? truth);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer = answerTo(frame, error.status, new TextEncoder().encode(error.message));
    }
    this.kept = new Uint8Array(encodeFrame(answer));
    this.send?.(this.kept);
    if (frame.type === REQUEST.RESET && answer.status === 0) this.restart(2);
  }

  private handle({ type, payload }: Frame): Uint8Array {
    const r = new PayloadReader(payload, "request");
    const exactly = (bytes: number): void => {
      if (payload.length !== bytes) throw new Refused(STATUS.FRAME);
    };
    switch (type) {
      case REQUEST.HELLO:
        return this.hello();
      case REQUEST.STATUS:
        exactly(0);
        return this.status();
      case REQUEST.MODEL:
        exactly(0);
        return this.model();
      case REQUEST.LOGS:
        exactly(4);
        return this.logs(r.u32());
      case REQUEST.BEGIN:
        exactly(INFO_BYTES);
        return this.begin(payload.slice());
      case REQUEST.DATA:
        return this.data(r.u32(), payload.subarray(4));
      case REQUEST.READ_BACK:
        exactly(6);
        return this.readBack(r.u32(), r.u16());
      case REQUEST.TRY:
        exactly(0);
        return this.tryIt();
      case REQUEST.ACTIVATE:
        exactly(0);
        return this.activate();
      case REQUEST.ABORT:
        exactly(0);
        this.endTrial();
        return new Uint8Array(0);
      case REQUEST.STEP:
        return this.step(stepRequest(this.loaded(), r.u8(), r.u16(), payload.subarray(3)));
      case REQUEST.WRITE:
        return this.write(r.u8(), r.u32(), payload.subarray(5));
      case REQUEST.READ:
        this.loaded();
        exactly(6);
        return this.read(r.u32(), r.u16());
      case REQUEST.RUN:
        this.loaded();
        exactly(2);
        return this.step(runRequest(this.loaded(), r.u16()));
      case REQUEST.INIT:
        this.loaded();
        exactly(0);
        this.loaded().init();
        return new Uint8Array(0);
      case REQUEST.RESET:
        exactly(0);
        return new Uint8Array(0);
      default:
        throw new Refused(STATUS.REQUEST);
    }
  }

  private hello(): Uint8Array {
    const str = (text: string) => [text.length, ...new TextEncoder().encode(text)];
    const head = payloadOf([
      ...([
        [2, 1],
        [2, PAYLOAD_MAX],
        [4, 0x0100],
        [4, this.options.forgetsBoots ? 1 : this.boot],
        [1, this.resetReason],
      ] as const),
      ...([
        [1, this.module ? 1 : 0],
        [2, this.options.longFrames ? 0 : 1],
        [4, this.slots.bytes],
        [4, this.arenaBytes],
      ] as const),
    ]);
    return Uint8Array.from([...head, ...str("model"), ...str("0001")]);
  }

  private status(): Uint8Array {
    const u64 = (n: number) =>
      [
        [4, n % 2 ** 32],
        [4, Math.floor(n / 2 ** 32)],
      ] as const;
    const memory = this.module?.memory.length ?? 0;
    return payloadOf([
      ...u64(Number(this.clock.nowNs() / 1000n)),
      ...u64(this.steps),
      ...u64(1000),
      ...[STEP_US, memory + 4096, memory + 4096, this.arenaBytes, memory].map(u32),
      ...[1200, 8192, this.receiver.good, this.receiver.bad].map(u32),
      [1, this.stage],
      [1, this.resetReason],
    ]);
  }

  private model(): Uint8Array {
    const { globals } = this.loaded();
    const info =
      this.stage === 2 ? this.coming : (this.slots.read(this.slots.active)?.info ?? this.coming);
    const r = new PayloadReader(info, "info");
    const [length, crc, energy, task] = [r.u32(), r.u32(), r.u8(), r.u8()];
    const stepLimitMs = new DataView(info.buffer, info.byteOffset).getUint32(28, true);
    const sequence = this.stage === 2 ? 0 : (this.slots.sequence(this.slots.active) ?? 0);
    const numbers = [length, crc, sequence, ...globals].map(u32);
    return payloadOf([...numbers, [1, task], [1, energy], u32(stepLimitMs)]);
  }

  private logs(position: number): Uint8Array {
    const from = Math.max(position, this.log.length - 512);
    const text = this.log.slice(from, from + 512);
    return payloadOf([u32(from), u32(this.log.length)], new TextEncoder().encode(text));
  }

  private begin(info: Uint8Array): Uint8Array {
    this.endTrial();
    const length = new PayloadReader(info, "info").u32();
    const room = this.slots.bytes - 256;
    if (length > room) throw new Refused(STATUS.SLOT, `module ${length} of ${room} bytes`);
    this.candidate = this.slots.active === 0 ? 1 : 0;
    this.slots.erase(this.candidate);
    this.coming = new Uint8Array(info);
    this.received = 0;
    this.stage = 1;
    return new Uint8Array(0);
  }

  private comingLength = (): number => new PayloadReader(this.coming, "info").u32();

  private data(offset: number, bytes: Uint8Array): Uint8Array {
    if (this.stage !== 1 || offset !== this.received) throw new Refused(STATUS.ORDER);
    const left = this.comingLength() - this.received;
    const bad = bytes.length === 0 || bytes.length > left;
    const odd = bytes.length < left && bytes.length % 256 !== 0;
    if (bad || (odd && this.options.longFrames)) throw new Refused(STATUS.FRAME);
    this.slots.write(this.candidate, offset, bytes);
    this.received += bytes.length;
    return payloadOf([u32(this.received)]);
  }

  private readBack(offset: number, length: number): Uint8Array {
    if (this.stage === 0) throw new Refused(STATUS.ORDER);
    if (length > PAYLOAD_MAX || offset + length > this.received) throw new Refused(STATUS.FRAME);
    return this.slots.module(this.candidate, offset, length);
  }

  private tryIt(): Uint8Array {
    const length = this.comingLength();
    if (this.stage !== 1 || this.received !== length) throw new Refused(STATUS.ORDER);
    const wasm = this.slots.module(this.candidate, 0, length);
    this.stage = 0;
    const crc = new DataView(this.coming.buffer).getUint32(4, true);
    if (crc32(wasm) !== crc) throw new Refused(STATUS.SLOT);
    this.module = null;
    this.steps = 0;
    try {
      this.module = new DeviceModule(wasm, this.arenaBytes);
    } catch (error) {
      this.loadActive();
      throw error;
    }
    this.stage = 2;
    return this.model();
  }

  private activate(): Uint8Array {
    if (this.stage !== 2) throw new Refused(STATUS.ORDER);
    this.stage = 0;
    return payloadOf([u32(this.slots.commit(this.candidate, this.coming))]);
  }

  private endTrial(): void {
    if (this.stage === 2) this.loadActive();
    this.stage = 0;
  }

  private loaded(): DeviceModule {
    if (!this.module) throw new Refused(STATUS.EMPTY);
    return this.module;
  }

  private step({ steps, answer }: Stepped): Uint8Array {
    this.steps += steps;
    return answer;
  }

  private write(region: number, offset: number, bytes: Uint8Array): Uint8Array {
    const module = this.loaded();
    if (region > 1) throw new Refused(STATUS.FRAME);
    const [ptr, len] = module.range(region === 0 ? "in" : "state");
    if (offset + bytes.length > len) throw new Refused(STATUS.FRAME);
    module.memory.set(bytes, ptr + offset);
    return new Uint8Array(0);
  }

  private read(ptr: number, length: number): Uint8Array {
    const { memory } = this.loaded();
    if (length > PAYLOAD_MAX || ptr + length > memory.length) throw new Refused(STATUS.FRAME);
    return memory.slice(ptr, ptr + length);
  }
}

const u32 = (value: number): readonly [4, number] => [4, value];

const answerTo = (frame: Frame, status: number, payload: Uint8Array): Frame => ({
  ...frame,
  type: frame.type | 0x80,
  status,
  payload,
});
