/** The firmware's frames and commands: golden vectors, the host's implementation, and damage of every kind. */
import { expect } from "vitest";
import { encodeFrame, type Frame, FrameReceiver } from "../../host/lines/frame.ts";
import { mulberry32, type Random } from "../../host/model/random.ts";
import { FakeTime } from "../support/fake-time.ts";
import { ask, compilerTest, lineProgram } from "../support/firmware-program.ts";
import { frameVectors } from "../support/frame-vectors.ts";

const VECTORS = frameVectors();
const SILENCE_US = 500_000;
const COMMAND_MAX = 80;

const program = lineProgram("frames", ["tw_frame.c", "tw_cobs.c", "tw_crc32.c"]);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex") || "-";
const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

const words = ({ type, status, session, sequence, payload }: Frame): string =>
  `${type} ${status} ${session} ${sequence} ${hex(payload)}`;
const received = (frame: Frame): string => `frame ${words(frame)} `;
const command = (text: string): string => `command ${hex(ascii(text))} `;

/** Bytes at a time on the board's clock. */
type Piece = { readonly us?: number; readonly bytes: Uint8Array | string };

/** What a new receiver makes of these pieces, and what it counted. */
function receive(pieces: readonly Piece[]): { events: string; counts: string } {
  const lines = pieces.map(({ us = 0, bytes }) => {
    return `receive ${us} ${hex(typeof bytes === "string" ? ascii(bytes) : bytes)}`;
  });
  const answers = ask(program(), ["restart", ...lines, "counts"]);
  return { events: answers.slice(1, -1).join(""), counts: answers.at(-1) ?? "" };
}

const hello: Frame = {
  ...{ type: 1, status: 0, session: 0x1234, sequence: 0 },
  payload: new Uint8Array([1, 0]),
};
const HELLO = encodeFrame(hello);

compilerTest("golden vectors: frames become these bytes, these bytes become frames", () => {
  const encoded = ask(
    program(),
    VECTORS.map(({ frame }) => `encode ${words(frame)}`),
  );
  expect(encoded).toEqual(VECTORS.map(({ wire }) => hex(wire)));
  const { events, counts } = receive(VECTORS.map(({ wire }) => ({ bytes: wire })));
  expect(events).toBe(VECTORS.map(({ frame }) => received(frame)).join(""));
  expect(counts).toBe(`${VECTORS.length} 0`);
});

compilerTest("random frames: the board's bytes are the host's", () => {
  const random = mulberry32(1);
  const frames = Array.from({ length: 2000 }, () => randomFrame(random));
  const encoded = ask(
    program(),
    frames.map((frame) => `encode ${words(frame)}`),
  );
  expect(encoded).toEqual(frames.map((frame) => hex(encodeFrame(frame))));
});

/** Payloads of few different bytes: runs without zeros, and runs of zeros. */
function randomFrame(random: Random): Frame {
  const length = Math.floor(random() ** 2 * 1025);
  const zeros = random();
  const payload = Uint8Array.from({ length }, () =>
    random() < zeros ? 0 : 1 + Math.floor(random() * 255),
  );
  const u16 = () => Math.floor(random() * 65536);
  return {
    type: u16() & 0xff,
    status: (u16() & 0xff) - 128,
    session: u16(),
    sequence: u16(),
    payload,
  };
}

compilerTest("a damaged line: the board keeps and counts what the host keeps and counts", () => {
  const random = mulberry32(2);
  const wires = Array.from({ length: 200 }, () =>
    Buffer.concat(Array.from({ length: 20 }, () => damaged(random))),
  );
  const host = wires.map((wire) => {
    const events: string[] = [];
    const receiver = new FrameReceiver(new FakeTime(), {
      frame: (frame) => events.push(received(frame)),
      text: () => {},
    });
    receiver.push(wire);
    return [events.join(""), `${receiver.good} ${receiver.bad}`];
  });
  const answers = ask(
    program(),
    wires.flatMap((wire) => ["restart", `receive 0 ${hex(wire)}`, "counts"]),
  );
  const board = wires.map((_, k) => [
    answers[3 * k + 1]?.replace(/command \S+ /g, ""), // commands are the board's alone
    answers[3 * k + 2],
  ]);
  expect(board).toEqual(host);
});

/** A frame whole, cut, with a byte changed, lost, doubled, or with bytes from nowhere before it. */
function damaged(random: Random): Uint8Array {
  const wire = [...encodeFrame(randomFrame(random))];
  const at = Math.floor(random() * wire.length);
  const byte = Math.floor(random() * 256);
  const kinds: readonly (() => void)[] = [
    () => {},
    () => void wire.splice(at, 1, byte),
    () => void wire.splice(at, 1),
    () => void wire.splice(at, 0, byte),
    () => void wire.splice(at),
    () => void wire.unshift(...ascii("name%"), byte),
    () => void wire.push(...Array.from({ length: 1200 }, () => 1 + (byte & 127))),
  ];
  kinds[Math.floor(random() * kinds.length)]?.();
  return Uint8Array.from(wire);
}

compilerTest("commands end at '%'; carriage returns and line feeds belong to the next one", () => {
  expect(receive([{ bytes: "name%profile%" }]).events).toBe(command("name") + command("profile"));
  expect(receive([{ bytes: "name%\r\ndb load 4%" }]).events).toBe(
    command("name") + command("\r\ndb load 4"),
  );
  expect(receive([{ bytes: "%%" }]).events).toBe(command("") + command(""));
});

compilerTest("80 characters of a command are kept, whatever follows overwrites one another", () => {
  for (const extra of [0, 1, 2, 50]) {
    const text = "a".repeat(COMMAND_MAX) + "b".repeat(extra);
    expect(receive([{ bytes: `${text}%x%` }]).events).toBe(
      command("a".repeat(COMMAND_MAX)) + command("x"),
    );
  }
});

compilerTest("a command with a foreign byte is dropped at its '%'", () => {
  for (const byte of ["\t", "\x1f", "\x7f", "\x80", "\xff"]) {
    expect(receive([{ bytes: `na${byte}me%name%` }]).events).toBe(command("name"));
  }
});

compilerTest("commands and frames in turns", () => {
  const turns = Buffer.concat([
    ascii("name%"),
    HELLO,
    ascii("profile%"),
    HELLO,
    HELLO,
    ascii("x%"),
  ]);
  const { events, counts } = receive([{ bytes: turns }]);
  const [frame, name, profile] = [received(hello), command("name"), command("profile")];
  expect(events).toBe(name + frame + profile + frame + frame + command("x"));
  expect(counts).toBe("3 0");
});

compilerTest("what stands before a frame without its '%' is no part of the next command", () => {
  const { events } = receive([{ bytes: Buffer.concat([ascii("na\xff"), HELLO, ascii("name%")]) }]);
  expect(events).toBe(received(hello) + command("name"));
});

compilerTest("a closing zero that was lost, or came twice, costs no second frame", () => {
  const twice = Buffer.concat([HELLO, new Uint8Array(3), HELLO]);
  expect(receive([{ bytes: twice }])).toEqual({ events: received(hello).repeat(2), counts: "2 0" });
  const lost = Buffer.concat([HELLO.subarray(0, -1), HELLO]);
  expect(receive([{ bytes: lost }])).toEqual({ events: received(hello), counts: "1 0" });
  const opened = Buffer.concat([HELLO.subarray(1), HELLO]);
  expect(receive([{ bytes: opened }]).counts).toBe("1 0");
});

compilerTest("half a frame is given up after 500 ms of silence, and not before", () => {
  const half = { bytes: HELLO.subarray(0, 6) };
  const early = receive([half, { us: SILENCE_US - 1, bytes: "name%" }]);
  expect(early).toEqual({ events: "", counts: "0 0" });
  const late = receive([half, { us: SILENCE_US, bytes: "name%" }]);
  expect(late).toEqual({ events: command("name"), counts: "0 1" });
  // the clock wraps
  const wrapped = receive([
    { us: 2 ** 32 - 1000, ...half },
    { us: SILENCE_US, bytes: HELLO },
  ]);
  expect(wrapped).toEqual({ events: received(hello), counts: "1 1" });
});

compilerTest("an overlong frame is one bad frame, and the next one is heard", () => {
  const long = new Uint8Array(5000).fill(7);
  long[0] = 0;
  expect(receive([{ bytes: Buffer.concat([long, HELLO]) }])).toEqual({
    events: received(hello),
    counts: "1 1",
  });
});
