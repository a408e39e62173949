/**
 * wav:FILE[?channel=N]: a sound file, PCM of 8, 16, 24 or 32 bits or float of 32, any number of channels, as numbers from
 * −1 to 1. The lengths that a header claims are compared with the file: the shorter counts, and the difference is said.
 */
import type { FileHandle } from "node:fs/promises";
import { fail } from "../errors.ts";
import { at } from "../model/at.ts";
import { plural } from "../text.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import { unitOfEach } from "./channel-units.ts";
import type { SensorOptions } from "./open.ts";
import { sampleTimeNs } from "./paced.ts";
import { openPlain } from "./plain-file.ts";
import type { Block, Range, Sensor } from "./sensor.ts";

/** Samples of a block: 32 ms at 16 kHz. */
const BLOCK_SAMPLES = 512;
const MOST_CHANNELS = 64;
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** Where the samples of a file are, and what they are. */
export type WavFormat = {
  readonly encoding: "pcm" | "float";
  readonly bits: 8 | 16 | 24 | 32;
  readonly channels: number;
  readonly sampleRateHz: number;
  readonly start: number;
  /** whole samples that are there */
  readonly samples: number;
  /** whole samples that the header claims beyond */
  readonly missing: number;
};

export async function openWav(uri: Uri, { clock, say }: SensorOptions): Promise<Sensor<Block>> {
  onlyKeys(uri, ["unit", "channel"]);
  const file = await openPlain(uri.text, uri.rest);
  const closed = new AbortController();
  const close = async () => {
    if (closed.signal.aborted) return;
    closed.abort();
    await file.close();
  };
  try {
    const format = await readFormat(uri.text, file);
    const { encoding, bits, channels, sampleRateHz, samples, missing } = format;
    const seconds = (samples / sampleRateHz).toFixed(2);
    const evidence = `${encoding} of ${bits} bits, ${plural(channels, "channel")} at ${sampleRateHz} Hz, ${seconds} s`;
    const short = missing > 0 ? `; the header claims ${missing} samples more than there are` : "";
    say(`${uri.text}: ${evidence}${short}`);
    const names = Array.from({ length: channels }, (_, k) => channelName(k, channels));
    const units = unitOfEach(uri.text, uri.query.get("unit") ?? "", channels);
    return {
      ...{ uri: uri.text, name: `sound file ${uri.rest}`, evidence, close },
      describe: () => ({
        channels: names.map((name, k) => ({ name, unit: at(units, k) })),
        sampleRateHz,
        ranges: names.map(() => rangeOfPcm(format)),
      }),
      [Symbol.asyncIterator]: () =>
        blocksOf(file, format, {
          ...{ startNs: clock.nowNs(), closed: closed.signal },
          ...{ where: uri.text, say },
        }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A float may be beyond full scale. */
const rangeOfPcm = ({ encoding, bits }: WavFormat): Range | null =>
  encoding === "float" ? null : [-1, 1 - 2 ** (1 - bits)];

const channelName = (k: number, channels: number): string =>
  channels === 1 ? "mono" : channels === 2 ? (k === 0 ? "left" : "right") : `channel ${k}`;

type Reading = {
  readonly startNs: bigint;
  readonly closed: AbortSignal;
  readonly where: string;
  readonly say: (line: string) => void;
};

async function* blocksOf(
  file: FileHandle,
  format: WavFormat,
  { startNs, closed, where, say }: Reading,
): AsyncGenerator<Block> {
  let endless = 0;
  const { channels, samples, start, sampleRateHz } = format;
  const frame = (channels * format.bits) / 8;
  const bytes = Buffer.alloc(BLOCK_SAMPLES * frame);
  for (let k = 0; k < samples && !closed.aborted; k += BLOCK_SAMPLES) {
    const count = Math.min(BLOCK_SAMPLES, samples - k);
    const { bytesRead } = await file.read(bytes, 0, count * frame, start + k * frame);
    const whole = Math.floor(bytesRead / frame);
    if (whole === 0) return;
    const all = decode(bytes, whole * channels, format);
    const wrong = all.filter((x) => !Number.isFinite(x)).length;
    if (wrong > 0 && endless === 0) say(`${where}: numbers that are not finite, taken as 0`);
    endless += wrong;
    const values = wrong > 0 ? all.map((x) => (Number.isFinite(x) ? x : 0)) : all;
    const timeNs = sampleTimeNs(startNs, k, sampleRateHz);
    yield { timeNs, values, channels, lostBefore: 0 };
    if (whole < count) return;
  }
}

/** Full scale is 1; PCM of 8 bits has its zero at 128 (Microsoft, Multimedia Programming Interface 1.0). */
function decode(bytes: Buffer, count: number, { encoding, bits }: WavFormat): Float64Array {
  const width = bits / 8;
  return Float64Array.from({ length: count }, (_, k) => {
    const place = k * width;
    if (encoding === "float") return bytes.readFloatLE(place);
    if (bits === 8) return (bytes.readUInt8(place) - 128) / 128;
    return bytes.readIntLE(place, width) / 2 ** (bits - 1);
  });
}

/** Walks the chunks of the file. @throws INPUT_FORMAT */
export async function readFormat(where: string, file: FileHandle): Promise<WavFormat> {
  const { size } = await file.stat();
  const read = async (place: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, place);
    return bytes.subarray(0, bytesRead);
  };
  const riff = await read(0, 12);
  if (
    riff.length < 12 ||
    riff.toString("latin1", 0, 4) !== "RIFF" ||
    riff.toString("latin1", 8) !== "WAVE"
  ) {
    fail(
      "INPUT_FORMAT",
      where,
      riff.length < 12
        ? plural(size, "byte")
        : `${JSON.stringify(riff.toString("latin1", 0, 12))} at its beginning`,
      "a RIFF WAVE file",
      "Convert the sound to .wav: PCM of 8 to 32 bits, or float of 32.",
    );
  }
  let header: Buffer | null = null;
  // a chunk is at least its own header, so that this ends
  for (let place = 12; place + 8 <= size; ) {
    const chunk = await read(place, 8);
    const id = chunk.toString("latin1", 0, 4);
    const length = chunk.readUInt32LE(4);
    if (id === "fmt ") header = await read(place + 8, Math.min(length, 40));
    if (id === "data") return formatOf(where, header, place + 8, length, size);
    place += 8 + length + (length % 2);
  }
  return fail("INPUT_FORMAT", where, "no data chunk", "a chunk of samples");
}

function formatOf(
  where: string,
  header: Buffer | null,
  start: number,
  claimed: number,
  size: number,
): WavFormat {
  if (header === null || header.length < 16) {
    return fail(
      "INPUT_FORMAT",
      where,
      "no whole format chunk before the data",
      "one of 16 bytes or more",
    );
  }
  const tag = header.readUInt16LE(0);
  const code = tag === EXTENSIBLE && header.length >= 26 ? header.readUInt16LE(24) : tag;
  const channels = header.readUInt16LE(2);
  const sampleRateHz = header.readUInt32LE(4);
  const bits = header.readUInt16LE(14);
  const encoding = code === PCM ? "pcm" : code === FLOAT ? "float" : null;
  const known =
    encoding === "pcm" ? [8, 16, 24, 32].includes(bits) : encoding === "float" && bits === 32;
  if (encoding === null || !known) {
    const got = `encoding ${code} of ${bits} bits`;
    fail("INPUT_FORMAT", where, got, "PCM of 8, 16, 24 or 32 bits, or float of 32");
  }
  if (channels < 1 || channels > MOST_CHANNELS || sampleRateHz < 1 || sampleRateHz > 1e6) {
    const got = `${channels} channels at ${sampleRateHz} Hz`;
    fail("INPUT_FORMAT", where, got, `1 to ${MOST_CHANNELS} channels at 1 Hz to 1 MHz`);
  }
  const frame = (channels * bits) / 8;
  // a program that was killed, or one that streams, leaves 0 or the largest number there
  const open = claimed === 0 || claimed >= 0xffff_fff0;
  const there = Math.floor(Math.max(0, size - start) / frame);
  const said = Math.floor(claimed / frame);
  return {
    ...{
      encoding: encoding ?? "pcm",
      bits: bits as WavFormat["bits"],
      channels,
      sampleRateHz,
      start,
    },
    samples: open ? there : Math.min(said, there),
    missing: open ? 0 : Math.max(0, said - there),
  };
}
