/** From sound to a decision: the recording of the wake word through its front end and its network, against what is stored. */
import { expect } from "vitest";
import { frontByName, withFront } from "../../host/front/index.ts";
import { dataTest, readData, readInt8 } from "../support/data.ts";
import { modelGraph } from "./models.ts";
import { difference, open, ROUNDINGS, TARGETS } from "./targets.ts";

const HOP_BYTES = 4 * 512;
/** 44 bytes before the samples */
const HEAD = 44;
const FRAMES = 311;
const BANDS = 40;

for (const row of TARGETS) {
  for (const rounding of ROUNDINGS) {
    dataTest(`10 s of sound, ${row.name}, ${rounding} rounding`, async () => {
      const graph = withFront(await modelGraph("str_ww_ref_model.tflite"), frontByName("sww"));
      const session = await open(row, graph, { rounding });
      const ring = session.manifest.memory.find(({ kind }) => kind === "state");
      const sound = readData("sww01/short_wav_easy10s.wav");
      const features = readInt8("sww01/short_wav_features_311x40.i8.bin");
      const activations = readInt8(`sww01/short_wav_activations_311x3.${rounding}_rounding.i8.bin`);
      const output = new Int8Array(session.outputBytes);
      const fired: number[] = [];
      const distances = [0, 0, 0];
      // the first hop fills half of the first window
      for (let hop = 0; hop <= FRAMES; hop++) {
        const at = HEAD + hop * HOP_BYTES;
        await session.step(sound.subarray(at, at + HOP_BYTES), new Uint8Array(output.buffer));
        const frame = hop - 1;
        if (frame < 0) continue;
        const bytes = await session.read(ring?.ptr ?? 0, ring?.len ?? 0);
        const got = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length).slice(-BANDS);
        got.forEach((q, j) => {
          const apart = Math.abs(q - (features[frame * BANDS + j] as number));
          distances[apart] = (distances[apart] ?? 0) + 1;
        });
        const wanted = activations.subarray(frame * 3, frame * 3 + 3);
        expect(difference(output, wanted), `frame ${frame}`).toBeNull();
        if ((output[0] as number) > 115) fired.push(frame);
      }
      // allowed are 1 % that differ by one, and none by more than two; all of them are equal
      expect(distances).toEqual([FRAMES * BANDS, 0, 0]);
      expect(fired).toEqual([...Array.from({ length: 24 }, (_, k) => 42 + k), 155]);
    });
  }
}
