/** A line whose other side is written by the test: what is sent is kept with its time, and answered as the test says. */

import { encodeFrame, type Frame, FrameReceiver, RESPONSE } from "../../host/lines/frame.ts";
import type { Channel, ChannelEvents, Line } from "../../host/lines/line.ts";
import { Link, type LinkOptions } from "../../host/runtime/link.ts";
import { payloadOf, REQUEST } from "../../host/runtime/requests.ts";
import { FakeTime } from "./fake-time.ts";

export type Sent = { readonly atMs: number; readonly frame: Frame; readonly wireBytes: number };

/** Called for every request; `answer` may be used now, later, and more than once. */
export type Script = (sent: Sent, line: ScriptedLine, count: number) => void;

export class ScriptedLine implements Line {
  readonly name = "board:script";
  readonly sent: Sent[] = [];
  /** when the link tried to open the line */
  readonly opensMs: number[] = [];
  closes = 0;
  script: Script;
  /** raised by the next attempts to open */
  refusals: unknown[] = [];
  present?: () => Promise<boolean>;
  bytesPerSecond?: number;
  /** of the last channel, or of the one before */
  events: ChannelEvents | null = null;
  private readonly time: FakeTime;

  constructor(time: FakeTime, script: Script) {
    this.time = time;
    this.script = script;
  }

  open = async (events: ChannelEvents): Promise<Channel> => {
    this.opensMs.push(this.nowMs);
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    this.events = events;
    const receiver = new FrameReceiver(this.time, {
      frame: (frame) => this.take({ atMs: this.nowMs, frame, wireBytes: this.bytes }),
      text: () => {},
    });
    return {
      write: (bytes) => {
        this.bytes = bytes.length;
        receiver.push(bytes);
      },
      close: async () => void this.closes++,
    };
  };

  answer({ frame }: Sent, payload: Uint8Array = HELLO, changes: Partial<Frame> = {}): void {
    const type = frame.type | RESPONSE;
    this.say(encodeFrame({ ...frame, type, status: 0, payload, ...changes }));
  }

  say(bytes: Uint8Array): void {
    this.events?.bytes(bytes);
  }

  drop(why = "unplugged"): void {
    this.events?.closed(why);
  }

  get nowMs(): number {
    return Number(this.time.nowNs()) / 1e6;
  }

  private bytes = 0;

  private take(sent: Sent): void {
    this.sent.push(sent);
    this.script(sent, this, this.sent.length);
  }
}

/** What a board says of itself: firmware/README.md, "Requests". */
export const hello = (
  changes: Partial<Record<"wire" | "most" | "boot" | "reset" | "features", number>> = {},
): Uint8Array =>
  Uint8Array.from([
    ...payloadOf([
      [2, changes.wire ?? 1],
      [2, changes.most ?? 1024],
      [4, 0x0100],
      [4, changes.boot ?? 77],
      [1, changes.reset ?? 0],
      [1, 0],
      [2, changes.features ?? 0],
      [4, 4096],
      [4, 4096],
    ]),
    ...[1, 98, 1, 115],
  ]);

export const HELLO = hello();

/** Answers HELLO at once; the rest is the test's. */
export const greeting =
  (script: Script = () => {}, words: Uint8Array = HELLO): Script =>
  (sent, line, count) => {
    if (sent.frame.type === REQUEST.HELLO) line.answer(sent, words);
    else script(sent, line, count);
  };

export type Setup = { readonly time: FakeTime; readonly line: ScriptedLine; readonly link: Link };

export function scripted(script: Script, options: Partial<LinkOptions> = {}): Setup {
  const time = new FakeTime();
  const line = new ScriptedLine(time, script);
  return { time, line, link: new Link(line, { timers: time, random: () => 0.5, ...options }) };
}

/** When requests of a type were sent, in ms. */
export const timesOf = ({ line }: Setup, type: number): number[] =>
  line.sent.filter(({ frame }) => frame.type === type).map(({ atMs }) => atMs);
