/** Frames against golden vectors that the firmware's tests read too, and under random damage. */

import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { cobsDecode, cobsEncode } from "../../../host/lines/cobs.ts";
import {
  encodeFrame,
  type Frame,
  FrameReceiver,
  PAYLOAD_MAX,
  WIRE_MAX,
} from "../../../host/lines/frame.ts";
import { mulberry32, type Random } from "../../../host/model/random.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { frameVectors } from "../../support/frame-vectors.ts";

const VECTORS = frameVectors();
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const key = (frame: Frame): string => text(encodeFrame(frame));

/** A receiver with a list of what it gave: frames and text in order. */
function listening(time = new FakeTime()) {
  const frames: Frame[] = [];
  let printed = "";
  const receiver = new FrameReceiver(time, {
    frame: (frame) => frames.push(frame),
    text: (bytes) => {
      printed += text(bytes);
    },
  });
  return { receiver, frames, printed: () => printed };
}

test("CRC-32 of the standard's check value, whole and in pieces", () => {
  const bytes = new TextEncoder().encode("123456789");
  expect(crc32(bytes)).toBe(0xcbf43926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array(0))).toBe(0);
});

describe("golden vectors", () => {
  test("there are some of every size that matters", () => {
    const sizes = new Set(VECTORS.map(({ frame }) => frame.payload.length));
    for (const size of [0, 1, 243, 244, 245, 253, 254, 255, 256, 1023, PAYLOAD_MAX]) {
      expect(sizes).toContain(size);
    }
  });

  test("frames become these bytes", () => {
    for (const { frame, wire } of VECTORS) expect(encodeFrame(frame)).toEqual(wire);
  });

  test("these bytes become frames, in one piece and byte by byte", () => {
    for (const size of [1, 7, 4096]) {
      const { receiver, frames, printed } = listening();
      for (const { wire } of VECTORS) {
        for (let at = 0; at < wire.length; at += size) {
          receiver.push(wire.subarray(at, at + size));
        }
      }
      expect(frames).toEqual(VECTORS.map(({ frame }) => frame));
      expect([printed(), receiver.good, receiver.bad]).toEqual(["", VECTORS.length, 0]);
    }
  });
});

test("stuffing and its reverse, sizes 0 … 1,100", () => {
  const random = mulberry32(3);
  for (let size = 0; size <= 1100; size++) {
    const zeros = random();
    const bytes = Uint8Array.from({ length: size }, () =>
      random() < zeros ? 0 : 1 + Math.floor(random() * 255),
    );
    const stuffed = new Uint8Array(size + Math.floor(size / 254) + 1);
    const length = cobsEncode(bytes, stuffed, 0);
    expect(length).toBeLessThanOrEqual(stuffed.length);
    expect(stuffed.subarray(0, length).includes(0)).toBe(false);
    expect(stuffed.slice(0, cobsDecode(stuffed, length))).toEqual(bytes);
  }
});

test("a last block of 254 bytes may end without the empty block behind it", () => {
  const bytes = new Uint8Array(254).fill(7);
  const stuffed = Uint8Array.of(255, ...bytes);
  expect(cobsDecode(stuffed, 255)).toBe(254);
  expect(cobsDecode(Uint8Array.of(5, 1, 1), 3)).toBe(-1);
});

const ascii = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => 32 + Math.floor(random() * 95));

const randomFrame = (random: Random): Frame => ({
  type: Math.floor(random() * 256),
  status: 0 - Math.floor(random() * 14),
  session: Math.floor(random() * 65536),
  sequence: Math.floor(random() * 65536),
  payload: Uint8Array.from({ length: Math.floor(random() ** 3 * (PAYLOAD_MAX + 1)) }, () =>
    random() < 0.3 ? 0 : Math.floor(random() * 256),
  ),
});

test("text between frames comes out as it is", () => {
  const random = mulberry32(5);
  const { receiver, frames, printed } = listening();
  let sent = "";
  const all: Frame[] = [];
  for (let k = 0; k < 500; k++) {
    const words = ascii(random, Math.floor(random() * 40));
    const frame = randomFrame(random);
    sent += text(words);
    all.push(frame);
    const line = Buffer.concat([words, encodeFrame(frame)]);
    const cut = Math.floor(random() * line.length);
    receiver.push(line.subarray(0, cut));
    receiver.push(line.subarray(cut));
  }
  expect(frames).toEqual(all);
  expect(printed()).toBe(sent);
});

/** Bytes changed, dropped, doubled, inserted; pieces cut out. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  const [before, byte = 0, after] = [bytes.subarray(0, at), bytes[at], bytes.subarray(at + 1)];
  const other = random() < 0.3 ? 0 : Math.floor(random() * 256);
  switch (Math.floor(random() * 5)) {
    case 0:
      return Buffer.concat([before, Uint8Array.of(byte ^ (1 << Math.floor(random() * 8))), after]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, Uint8Array.of(byte, byte), after]);
    case 3:
      return Buffer.concat([before, Uint8Array.of(byte, other), after]);
    default:
      return Buffer.concat([before, after.subarray(Math.floor(random() * after.length))]);
  }
}

test("damage never makes a frame, and costs one frame besides at most", () => {
  const random = mulberry32(8);
  const { receiver, frames } = listening();
  let lost = 0;
  for (let k = 0; k < 5000; k++) {
    const [hurt, next, last] = [randomFrame(random), randomFrame(random), randomFrame(random)];
    frames.length = 0;
    receiver.push(damage(encodeFrame(hurt), random));
    if (random() < 0.3) receiver.push(ascii(random, 20));
    receiver.push(encodeFrame(next));
    receiver.push(encodeFrame(last));
    const heard = frames.map(key);
    expect(heard.pop()).toBe(key(last));
    // where its last zero is lost, the first zero of the next frame closes it
    if (heard.at(-1) === key(next)) heard.pop();
    else lost++;
    expect(heard.every((one) => one === key(hurt))).toBe(true);
  }
  expect(receiver.bad).toBeGreaterThan(1000);
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(200);
});

test("noise: no frame, no failure, bounded memory", () => {
  const random = mulberry32(9);
  const { receiver, frames } = listening();
  for (let k = 0; k < 2000; k++) {
    const zeros = random();
    receiver.push(
      Uint8Array.from({ length: 500 }, () => (random() < zeros ? 0 : Math.floor(random() * 256))),
    );
  }
  expect(frames).toEqual([]);
  receiver.push(encodeFrame(randomFrame(random)));
  expect(frames).toHaveLength(1);
});

describe("silence", () => {
  const half = encodeFrame({
    type: 1,
    status: 0,
    session: 1,
    sequence: 1,
    payload: ascii(mulberry32(1), 50),
  });
  const words = new TextEncoder().encode("m-ready\r\n");

  test("of half a second ends an unfinished frame", () => {
    const time = new FakeTime();
    const { receiver, printed } = listening(time);
    receiver.push(half.subarray(0, 20));
    time.pass(499);
    receiver.push(words);
    expect(printed()).toBe("");
    time.pass(500);
    receiver.push(words);
    expect(printed()).toBe("m-ready\r\n");
    expect(receiver.bad).toBe(1);
  });

  test("counts from the last bytes, and one byte of a frame is lost as well", () => {
    const time = new FakeTime();
    const { receiver } = listening(time);
    time.pass(10_000);
    receiver.push(half.subarray(0, 20));
    time.pass(499);
    receiver.push(half.subarray(20));
    expect([receiver.good, receiver.bad]).toEqual([1, 0]);
    receiver.push(Uint8Array.of(0, 5));
    time.pass(500);
    receiver.push(half);
    expect([receiver.good, receiver.bad]).toEqual([2, 1]);
  });

  test("is not counted where nothing was lost", () => {
    const time = new FakeTime();
    const { receiver } = listening(time);
    receiver.push(half);
    time.pass(10_000);
    receiver.push(half);
    expect([receiver.good, receiver.bad]).toEqual([2, 0]);
  });
});

test("an overlong frame is dropped whole", () => {
  const { receiver, frames } = listening();
  receiver.push(Uint8Array.of(0));
  for (let k = 0; k < 100; k++) receiver.push(new Uint8Array(1000).fill(1));
  receiver.push(Uint8Array.of(0));
  expect([frames.length, receiver.bad]).toEqual([0, 1]);
  const payload = new Uint8Array(PAYLOAD_MAX + 1);
  const frame = { type: 1, status: 0, session: 1, sequence: 1, payload };
  receiver.push(encodeFrame(frame));
  expect(frames).toEqual([]);
  // the next one is whole
  receiver.push(encodeFrame({ ...frame, payload: payload.subarray(1) }));
  expect([frames.length, receiver.bad]).toEqual([1, 2]);
});

test("a zero behind a damaged frame, or behind another zero, may open the next one", () => {
  const whole = encodeFrame({
    type: 1,
    status: 0,
    session: 1,
    sequence: 1,
    payload: new Uint8Array(3),
  });
  for (const [before, bad] of [
    [[0, 5, 5], 1],
    [[0], 0],
  ] as const) {
    const { receiver, printed } = listening();
    receiver.push(Uint8Array.from([...before, ...whole]));
    expect([receiver.good, receiver.bad, printed()]).toEqual([1, bad, ""]);
  }
});

test("zeros in a row are no damaged frames; a byte between two of them is one", () => {
  const zeros = listening();
  zeros.receiver.push(new Uint8Array(9));
  expect([zeros.frames.length, zeros.receiver.bad]).toEqual([0, 0]);
  for (const bytes of [[5], [1], [5, 5]]) {
    const { receiver } = listening();
    receiver.push(Uint8Array.of(0, ...bytes, 0));
    expect([receiver.good, receiver.bad]).toEqual([0, 1]);
  }
});

test("the longest frame and bytes behind it are no frame", () => {
  // without a zero in it, down to its checksum: as long as an encoded frame can be
  const longest = Array.from({ length: 200 }, (_, k) => {
    const payload = new Uint8Array(PAYLOAD_MAX).fill(1 + k);
    return encodeFrame({ type: 1, status: 1, session: 0x101, sequence: 0x101, payload });
  }).reduce((a, b) => (b.length > a.length ? b : a));
  expect(longest.length).toBe(WIRE_MAX);
  const sound = listening();
  sound.receiver.push(longest);
  expect([sound.receiver.good, sound.receiver.bad]).toEqual([1, 0]);
  const { receiver } = listening();
  receiver.push(longest.subarray(0, -1));
  receiver.push(Uint8Array.of(7, 0));
  expect([receiver.good, receiver.bad]).toEqual([0, 1]);
});
