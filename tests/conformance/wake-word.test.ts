/**
 * A wake word from sound: TensorFlow's audio front end in the module, against what is stored of the library's own run, and
 * okay_nabu behind it, against the network by itself fed with those features.
 */
import { expect, test } from "vitest";
import { frontByName, withFront } from "../../host/front/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { mulberry32 } from "../../host/model/random.ts";
import type { Session } from "../../host/runtime/index.ts";
import { dataTest, hasData, readInt8 } from "../support/data.ts";
import { int8Tensor, layeredGraph, reshape } from "../support/graphs.ts";
import { testUnless } from "../support/skip.ts";
import { clipSamples, missingSpeaker, spoken } from "../support/sound.ts";
import { streamingModel } from "../support/streaming-models.ts";
import { difference, infer, open, TARGETS } from "./targets.ts";

const BANDS = 40;

/** Passes the rows of a hop on. */
const rowsOnly = (rows: number): LayeredGraph =>
  layeredGraph(
    [int8Tensor("rows", [1, rows, BANDS]), int8Tensor("flat", [rows * BANDS])],
    [reshape(0, 0, 1)],
    [0],
    [1],
  );

/** Outputs hop by hop, of whole hops. */
async function heard(session: Session, samples: Int16Array): Promise<readonly Int8Array[]> {
  const bytes = new Int8Array(samples.buffer, samples.byteOffset, 2 * samples.length);
  const size = session.inputBytes;
  const all: Int8Array[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    all.push(await infer(session, bytes.slice(at, at + size)));
  }
  return all;
}

/** [rows a hop, milliseconds of a step, folder, hops before the first row, more of the name] */
const CASES = [
  [3, 10, "yes_1000ms_step10", 1, ""],
  [3, 10, "edge_1000ms_step10", 1, ""],
  [1, 10, "noise_1000ms_step10", 2, ""],
  [1, 20, "edge_1000ms_step20", 1, ""],
  [1, 20, "edge_1000ms_step20_tflm", 1, "&variant=tflm"],
  [2, 20, "no_1000ms_step20_tflm", 1, "&variant=tflm"],
] as const;

for (const row of TARGETS) {
  for (const [rows, step, folder, waiting, more] of CASES) {
    dataTest(`${folder}, ${rows} rows a hop, ${row.name}: every feature`, async () => {
      const front = frontByName(`microwakeword?step=${step}&rows=${rows}${more}`);
      const session = await open(row, withFront(rowsOnly(rows), front));
      const stored = readInt8(`audio-frontend/${folder}/feat.i8.bin`);
      const got = await heard(session, clipSamples(folder.replace(/_step.*/, "")));
      const features = Int8Array.from(got.slice(waiting).flatMap((hop) => [...hop]));
      expect(features.length).toBeGreaterThan(stored.length - rows * BANDS);
      expect(difference(features, stored.subarray(0, features.length))).toBeNull();
      // before the first row there is silence
      expect(new Set(got.slice(0, waiting).flatMap((hop) => [...hop]))).toEqual(new Set([-128]));
    });
  }
}

const NABU = frontByName("microwakeword");
const nabu = async () => withFront((await streamingModel("okay_nabu")).graph, NABU);

for (const row of TARGETS) {
  dataTest(
    `okay_nabu behind its front end, ten seconds, ${row.name}: as fed with features`,
    async () => {
      const alone = await open(row, (await streamingModel("okay_nabu")).graph);
      const stored = readInt8("audio-frontend/short_wav_easy10s_step10/feat.i8.bin");
      const got = await heard(await open(row, await nabu()), clipSamples("short_wav_easy10s"));
      // the first hop has no window yet
      const wanted = [await infer(alone, new Int8Array(120).fill(-128))];
      for (let k = 1; k < got.length; k++) {
        wanted.push(await infer(alone, stored.slice(120 * (k - 1), 120 * k)));
      }
      expect(got.length).toBe(333);
      expect(got).toEqual(wanted);
    },
  );
}

/** The largest mean of five answers in a row, as ESPHome decides. */
function loudest(outputs: readonly Int8Array[]): number {
  const each = outputs.map((output) => ((output[0] as number) & 0xff) / 256);
  const means = each.slice(4).map((_, k) => each.slice(k, k + 5).reduce((a, b) => a + b) / 5);
  return Math.max(...means);
}

/** Half of what a speaker of the word gets. */
const CUTOFF = 0.5;

dataTest("silence, noise and other words are no detection", async () => {
  const session = await open(TARGETS[0] as (typeof TARGETS)[number], await nabu());
  const random = mulberry32(7);
  const noise = (level: number) =>
    Int16Array.from({ length: 80_000 }, () => (random() - 0.5) * 2 * level);
  const sounds: readonly [string, Int16Array][] = [
    ["silence", new Int16Array(80_000)],
    ...[3, 300, 30_000].map((level): [string, Int16Array] => [`noise of ${level}`, noise(level)]),
    ...["yes_1000ms", "no_1000ms", "noise_1000ms", "silence_1000ms", "short_wav_easy10s"].map(
      (name): [string, Int16Array] => [name, clipSamples(name)],
    ),
  ];
  for (const [name, samples] of sounds) {
    await session.reset();
    expect(loudest(await heard(session, samples)), name).toBeLessThan(CUTOFF);
  }
});

const PHRASES = [
  ...["okay nabu", "okay google", "hello kitchen", "what time is it"],
  ...["the rain in Spain", "open the window"],
];

testUnless(hasData ? missingSpeaker() : { reason: "no test data", fix: "set TWENTYWATT_DATA" })(
  "a speaker: how sure okay_nabu is of six phrases",
  async () => {
    const session = await open(TARGETS[0] as (typeof TARGETS)[number], await nabu());
    for (const phrase of PHRASES) {
      const voices = [];
      for (const voice of ["en-us", "en-gb", "en-us+f3", "en-us+m3"]) {
        await session.reset();
        voices.push(loudest(await heard(session, spoken(phrase, voice))).toFixed(3));
      }
      console.log(`espeak-ng says "${phrase}": ${voices.join("  ")}`);
      expect(voices.every((value) => Number(value) >= 0 && Number(value) <= 1)).toBe(true);
    }
  },
);

test("a network that takes another number of rows is refused with both", async () => {
  const [row] = TARGETS;
  const refused = async (graph: LayeredGraph, name: string) =>
    open(row as (typeof TARGETS)[number], withFront(graph, frontByName(name)));
  await expect(refused(rowsOnly(1), "microwakeword")).rejects.toThrow(
    /3 rows of 40 features.*\[1,1,40\]/,
  );
  const odd = layeredGraph(
    [int8Tensor("odd", [1, 50]), int8Tensor("flat", [50])],
    [reshape(0, 0, 1)],
    [0],
    [1],
  );
  await expect(refused(odd, "microwakeword?rows=1")).rejects.toThrow(/rows that fill the input/);
});
