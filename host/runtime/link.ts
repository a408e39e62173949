/**
 * One session with a board: requests one at a time, each done exactly once however often the line fails. An answer that
 * does not come is asked for again with the same bytes; a line that went away is opened again, in the same session.
 * A board that restarted has lost the session: that is raised, because what it computed is gone.
 */
import { fail, TwentyWattError } from "../errors.ts";
import { encodeFrame, type Frame, FrameReceiver, isAnswer, PAYLOAD_MAX } from "../lines/frame.ts";
import type { Channel, Line } from "../lines/line.ts";
import { nanosecondsToMilliseconds } from "../units.ts";
import { askAside, takeNumber } from "./aside.ts";
import { LEAST_ROOM, roomsOf } from "./frame-room.ts";
import type { Answer, LinkCounts, LinkOptions } from "./link-options.ts";
import { refusal, STATUS } from "./refusal.ts";
import {
  ascii,
  type Hello,
  NOTHING,
  parseHello,
  REQUEST,
  type RequestName,
  WIRE_VERSION,
} from "./requests.ts";
import { openSession, SessionNumbers } from "./session-numbers.ts";

export type { LinkCounts, LinkOptions } from "./link-options.ts";

/** So often a request is asked again because copies of old HELLOs arrive: more is somebody else's doing. */
const OLD_HELLOS = 8;
/** Sends of a request without an answer, after which it is asked for in small frames. */
const ASIDE_AFTER = 3;

/** What ask() gives instead of an answer: nothing was done. */
const TOO_LONG: Answer = { status: 0, payload: NOTHING };

/** Patience with a board that has something to compute or to erase. */
export const PATIENCE_MS = { usual: 10_000, long: 60_000 } as const;
const HELLO_PATIENCE_MS = 6_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2_000;
/** gently: a busy board answers later whatever is sent, a lost frame is waited for in vain */
const WAIT_GROWTH = 1.4;
const BACK_OFF_MS = { first: 250, longest: 5_000 } as const;
const LOST_MS = 60_000;
/** on the line both ways, at most: the response may be as long as a frame */
const RESPONSE_BYTES = 1100;

export class Link {
  readonly line: Line;
  private readonly options: LinkOptions;
  private readonly receiver: FrameReceiver;
  private readonly numbers: SessionNumbers;
  private channel: Channel | null = null;
  /** why the line went away the last time */
  private gone: string | null = null;
  private closed = false;
  private session = 0;
  private sequence = 0;
  private known: Hello | null = null;
  private asked: Frame | null = null;
  private answer: Frame | null = null;
  private aside: { readonly asked: Frame; answer: Frame | null } | null = null;
  /** how much of a frame the line carries, to the board and back */
  rooms = roomsOf(PAYLOAD_MAX);
  private wake: () => void = () => {};
  private turn: Promise<unknown> = Promise.resolve();
  private requests = 0;
  private resends = 0;
  private opens = 0;

  constructor(line: Line, options: LinkOptions) {
    this.line = line;
    this.options = options;
    this.numbers = new SessionNumbers(options.random);
    options.signal?.addEventListener("abort", () => void this.close());
    this.receiver = new FrameReceiver(options.timers, {
      frame: (frame) => this.heard(frame),
      text: (bytes) => options.onText?.(ascii(bytes)),
    });
  }

  /** What the board said of itself when the session was opened; opens it where there is none. */
  hello(patienceMs: number = HELLO_PATIENCE_MS): Promise<Hello> {
    return this.inTurn(() => this.opened(patienceMs));
  }

  /**
   * @returns the payload of the answer, whose status is 0
   * @throws what the board refused (refusal.ts), DEVICE_TIMEOUT, DEVICE_RESTARTED
   */
  async request(
    name: RequestName,
    payload: Uint8Array = NOTHING,
    patienceMs: number = PATIENCE_MS.usual,
  ): Promise<Uint8Array> {
    return this.granted(name, await this.ask(name, payload, patienceMs));
  }

  /**
   * The same for a request that can be made of smaller ones.
   *
   * @returns null: the line does not carry it, and nothing was done. rooms.request is smaller now
   */
  async offer(
    name: RequestName,
    payload: Uint8Array,
    patienceMs: number = PATIENCE_MS.usual,
  ): Promise<Uint8Array | null> {
    const answer = await this.ask(name, payload, patienceMs, true);
    return answer === TOO_LONG ? null : this.granted(name, answer);
  }

  /** The same, where a refusal is an answer too. */
  ask(
    name: RequestName,
    payload: Uint8Array = NOTHING,
    patienceMs: number = PATIENCE_MS.usual,
    divisible = false,
  ): Promise<Answer> {
    return this.inTurn(async () => {
      for (let k = 1; ; k++) {
        await this.opened(HELLO_PATIENCE_MS);
        this.sequence = (this.sequence + 1) & 0xffff;
        const { session, sequence, resends } = this;
        const request = { type: REQUEST[name], status: 0, session, sequence, payload };
        const answer = await this.exchange(request, patienceMs, name, divisible);
        if (answer.status !== STATUS.SESSION) return answer;
        await this.sessionLost(name, answer.payload, this.resends === resends && k < OLD_HELLOS);
      }
    });
  }

  counts(): LinkCounts {
    const { requests, resends, opens } = this;
    return { requests, resends, reconnects: Math.max(0, opens - 1), badFrames: this.receiver.bad };
  }

  /** Whether there is a line now. */
  get isOpen(): boolean {
    return this.channel !== null;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    const { channel } = this;
    this.channel = null;
    await channel?.close();
  }

  private granted(name: RequestName, { status, payload }: Answer): Uint8Array {
    if (status === 0) return payload;
    throw refusal(status, payload, `${this.line.name}: ${name}`);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }

  private async opened(patienceMs: number): Promise<Hello> {
    if (this.session !== 0 && this.known) return this.known;
    const before = this.known;
    const hello = await this.open(patienceMs);
    if (before && hello.boot !== before.boot) this.raiseRestarted(hello, "since the last request");
    return hello;
  }

  private async open(patienceMs: number): Promise<Hello> {
    for (let attempt = 0; ; attempt++) {
      const session = this.numbers.next();
      const payload = Uint8Array.of(WIRE_VERSION, 0);
      const request = { type: REQUEST.HELLO, status: 0, session, sequence: 0, payload };
      const answer = await this.exchange(request, patienceMs, "HELLO");
      // the very number of the session that is open: another one
      if (answer.status === STATUS.SEQUENCE && attempt < 3) continue;
      const hello = parseHello(this.granted("HELLO", answer));
      if (this.known?.payloadMax !== hello.payloadMax) this.rooms = roomsOf(hello.payloadMax);
      this.session = session;
      this.sequence = 0;
      this.known = hello;
      return hello;
    }
  }

  /**
   * After a restart no session is open, or the boot number is another; a board that loses it with its power has only the
   * first. Otherwise somebody opened another session: another program, or this link, by a HELLO that came when it was given
   * up already. Returns where the request was sent `once`, and so not done: it can be asked again, in a new session.
   */
  private async sessionLost(name: RequestName, payload: Uint8Array, once: boolean): Promise<void> {
    const before = this.known;
    this.session = 0;
    const other = openSession(payload);
    const hello = await this.open(HELLO_PATIENCE_MS);
    if (other === 0 || before?.boot !== hello.boot) this.raiseRestarted(hello, `during ${name}`);
    const refused = { status: STATUS.SESSION, payload: NOTHING };
    if (!this.numbers.isOwn(other)) this.granted(name, refused);
    if (once) return;
    const got = `an old HELLO that came after ${name}, which may be done or not`;
    fail("DEVICE_TIMEOUT", this.line.name, got, "an answer");
  }

  private raiseRestarted({ resetReason }: Hello, when: string): never {
    const got = `a restart ${when} (${resetReason})`;
    return fail("DEVICE_RESTARTED", this.line.name, got, "the board as it was");
  }

  /** Sends until the answer comes. Time without a line does not count. */
  private async exchange(
    request: Frame,
    patienceMs: number,
    name: string,
    divisible = false,
  ): Promise<Answer> {
    const wire = encodeFrame(request);
    const { timers } = this.options;
    const { bytesPerSecond } = this.line;
    const onLineMs = bytesPerSecond ? (1000 * (wire.length + RESPONSE_BYTES)) / bytesPerSecond : 0;
    this.requests++;
    this.asked = request;
    this.answer = null;
    let waitMs = FIRST_WAIT_MS + onLineMs;
    let losses = 0;
    let unanswered = 0;
    for (let spentMs = 0; ; ) {
      if (this.closed) this.raiseClosed();
      const channel = this.channel ?? (await this.connect());
      channel.write(wire);
      const startNs = timers.nowNs();
      await this.stirred(waitMs);
      if (this.answer) return this.passed(request, unanswered);
      this.resends++;
      const heldMs = nanosecondsToMilliseconds(timers.nowNs() - startNs);
      const lost = this.channel !== channel;
      // a line that opens and closes again and again is silence, too
      if (lost && losses++ > 0) await this.rest(Math.max(0, FIRST_WAIT_MS - heldMs));
      spentMs += lost ? FIRST_WAIT_MS : heldMs;
      if (spentMs >= patienceMs) this.giveUp(name, spentMs);
      if (lost) continue;
      if (++unanswered % ASIDE_AFTER === 0 && this.known?.smallFrames && name !== "HELLO") {
        const asideNs = timers.nowNs();
        const send = (asked: Frame) => this.sendAside(channel, asked);
        const found = await askAside(request, send, this.rooms.answer, this.line.name);
        if (this.answer) return this.passed(request, unanswered);
        if (found.frame) return found.frame;
        const tooLong = found.arrived === false && request.payload.length > LEAST_ROOM;
        if (tooLong) this.rooms.request.shrink(request.payload.length);
        if (tooLong && divisible) {
          if (await takeNumber(request, send)) return TOO_LONG;
          if (this.answer) return this.passed(request, unanswered);
        }
        spentMs += nanosecondsToMilliseconds(timers.nowNs() - asideNs);
        // it answers at once: whatever is lost, it is not busy
        if (found.arrived !== null) waitMs = FIRST_WAIT_MS;
        if (spentMs >= patienceMs) this.giveUp(name, spentMs);
      }
      const longestMs = Math.min(LONGEST_WAIT_MS + onLineMs, patienceMs - spentMs);
      waitMs = Math.max(1, Math.min(WAIT_GROWTH * waitMs, longestMs));
      if ((await this.line.present?.()) === false && this.channel === channel) {
        this.lose("the device is gone");
        await channel.close();
      }
    }
  }

  private passed({ payload }: Frame, unanswered: number): Frame {
    const { answer } = this;
    if (answer === null) throw new Error("no answer to pass on");
    if (unanswered === 0) {
      this.rooms.request.grow(payload.length);
      this.rooms.answer.grow(answer.payload.length);
    } else if (unanswered > 1) {
      this.rooms.request.shrink(payload.length);
      this.rooms.answer.shrink(answer.payload.length);
    }
    return answer;
  }

  /** One small question beside the request that waits for its answer; "over" once that came, or the line went away. */
  private async sendAside(channel: Channel, asked: Frame): Promise<Frame | null | "over"> {
    this.aside = { asked, answer: null };
    channel.write(encodeFrame(asked));
    await this.stirred(FIRST_WAIT_MS);
    const { answer } = this.aside;
    this.aside = null;
    return this.answer || this.channel !== channel ? "over" : answer;
  }

  /** Whether it was done is not known any more: the next request opens a new session. */
  private giveUp(name: string, spentMs: number): never {
    this.session = 0;
    const got = `no answer to ${name} in ${Math.round(spentMs / 100) / 10} s`;
    return fail("DEVICE_TIMEOUT", this.line.name, got, "an answer");
  }

  private raiseClosed(): never {
    if (this.options.signal?.aborted) {
      fail("INTERRUPTED", this.line.name, "a signal while it was waited for", "an answer");
    }
    return fail("DEVICE_TIMEOUT", this.line.name, "a line that was closed here", "an open line");
  }

  /** Resolves after the time, or once an answer came or the line changed. */
  private stirred(ms: number): Promise<void> {
    const answered = this.answer ?? this.aside?.answer;
    if (answered || !this.channel) return Promise.resolve();
    return this.rest(ms);
  }

  /** A pause that close() ends. */
  private rest(ms: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.options.timers.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  private heard(frame: Frame): void {
    const { asked } = this;
    if (asked && isAnswer(frame, asked)) {
      this.answer = frame;
      this.wake();
    }
    const { aside } = this;
    if (aside && isAnswer(frame, aside.asked)) {
      aside.answer = frame;
      this.wake();
    }
  }

  /** The first time, what fails is raised; later the line is looked for, with longer and longer pauses. */
  private async connect(): Promise<Channel> {
    const { timers, onFound, lostMs = LOST_MS } = this.options;
    const startNs = timers.nowNs();
    const gapMs = () => nanosecondsToMilliseconds(timers.nowNs() - startNs);
    const again = this.opens > 0;
    for (let waitMs: number = BACK_OFF_MS.first; ; ) {
      try {
        const channel = await this.openChannel();
        this.opens++;
        if (again) onFound?.(gapMs());
        return channel;
      } catch (error) {
        if (!again || !(error instanceof TwentyWattError)) throw error;
        if (gapMs() + waitMs > lostMs) this.raiseGone(gapMs(), error);
        this.options.onSearching?.(gapMs());
      }
      await this.rest(waitMs);
      if (this.closed) this.raiseClosed();
      waitMs = Math.min(2 * waitMs, BACK_OFF_MS.longest);
    }
  }

  private raiseGone(gapMs: number, last: TwentyWattError): never {
    const why = this.gone ?? "it went away";
    const got = `${why}; not there again in ${Math.round(gapMs / 1000)} s: ${last.problems[0]?.got}`;
    const remedy = "Plug the board in again, or start it, and run the command again.";
    return fail("DEVICE_TIMEOUT", this.line.name, got, "the board", remedy, { cause: last });
  }

  private async openChannel(): Promise<Channel> {
    this.receiver.reset();
    let opened: Channel | null = null;
    let gone: string | null = null;
    const current = () => opened === null || this.channel === opened;
    opened = await this.line.open({
      bytes: (bytes) => {
        if (current()) this.receiver.push(bytes);
      },
      closed: (why) => {
        gone = why;
        if (opened !== null && this.channel === opened) this.lose(why);
      },
    });
    if (this.closed) {
      await opened.close();
      this.raiseClosed();
    }
    this.channel = opened;
    if (gone !== null) this.lose(gone);
    if (!this.channel) fail("IO", this.line.name, `closed at once: ${gone}`, "an open line");
    return opened;
  }

  private lose(why: string): void {
    this.channel = null;
    this.gone = why;
    this.options.onLost?.(why);
    this.wake();
  }
}
