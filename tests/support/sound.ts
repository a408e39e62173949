/** Sound for front ends: recordings of the shared data, and what Debian's espeak-ng says. */
import { spawnSync } from "node:child_process";
import { readData } from "./data.ts";
import { missingFeature } from "./packages.mjs";
import type { Missing } from "./skip.ts";

const CLIPS: Readonly<Record<string, string>> = {
  short_wav_easy10s: "sww01/short_wav_easy10s.wav",
  edge_1000ms: "audio-frontend/edge_1000ms.wav",
};

/** The samples of a WAV file of 16 bits, the first channel. */
export function wavSamples(file: Uint8Array): Int16Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const channels = view.getUint16(22, true);
  for (let at = 12; at + 8 <= file.length; ) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    // a program that writes to a pipe does not know the length
    const size = Math.min(view.getUint32(at + 4, true), file.length - at - 8);
    if (name === "data") {
      const count = Math.floor(size / (2 * channels));
      return Int16Array.from({ length: count }, (_, k) =>
        view.getInt16(at + 8 + 2 * channels * k, true),
      );
    }
    at += 8 + size + (size & 1);
  }
  throw new Error("a WAV file without samples");
}

export const clipSamples = (name: string): Int16Array =>
  wavSamples(readData(CLIPS[name] ?? `audio/${name}.wav`));

export const missingSpeaker = (): Missing | null => missingFeature("speech");

const SPOKEN_HZ = 22_050;

/** What espeak-ng says, with silence before and after, at 16 kHz: between two of its samples along a line. */
export function spoken(text: string, voice = "en-us"): Int16Array {
  const { stdout, status } = spawnSync("espeak-ng", ["-v", voice, "-s", "150", "--stdout", text], {
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`espeak-ng ended with ${status}`);
  const said = wavSamples(new Uint8Array(stdout));
  const count = Math.floor((said.length - 1) * (16_000 / SPOKEN_HZ));
  const resampled = Int16Array.from({ length: count }, (_, k) => {
    const place = (k * SPOKEN_HZ) / 16_000;
    const [from, share] = [Math.floor(place), place % 1];
    return (said[from] as number) * (1 - share) + (said[from + 1] as number) * share;
  });
  const [before, after] = [16_000, 8000];
  const all = new Int16Array(before + count + after);
  all.set(resampled, before);
  return all;
}
