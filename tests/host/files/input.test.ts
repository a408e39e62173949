/** Input files from a generator: whatever is in them, whole inputs come out or one coded error. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { openInputs } from "../../../host/files/input.ts";
import { openOutput, outputFormat } from "../../../host/files/output.ts";
import { mulberry32, subseed } from "../../../host/model/random.ts";
import type { ManifestTensor } from "../../../host/module/manifest.ts";
import { folderOfFiles } from "../../support/cli.ts";
import { type Dice, dice } from "../../support/random-draft.ts";

const { file, path } = folderOfFiles();

/** One to three tensors of any scale and zero point, signed and unsigned, of both edges. */
function randomTensors({ int, pick, real }: Dice): readonly ManifestTensor[] {
  return Array.from({ length: int(1, 3) }, (_, k) => {
    const dtype = pick(["i8", "i8", "u8"] as const);
    return {
      name: `t${k}`,
      shape: pick([[1, int(1, 9)], [1, int(1, 4), int(1, 3), 2], [int(1, 50)]]),
      dtype,
      edge: pick([dtype, "f32"] as const),
      scale: Math.fround(2 ** real(-10, 4)),
      zeroPoint: pick([-128, 127, 0, int(-128, 127)]) + (dtype === "u8" ? 128 : 0),
    };
  });
}

/** Of its own type: whole numbers, as the standard counts them. */
const asBytes = (tensor: ManifestTensor): ManifestTensor => ({
  ...tensor,
  edge: tensor.dtype === "u8" ? "u8" : "i8",
});
const least = ({ dtype }: ManifestTensor): number => (dtype === "u8" ? 0 : -128);

const sizeOf = ({ shape }: ManifestTensor): number => shape.reduce((a, b) => a * b, 1);
const perElement = (tensors: readonly ManifestTensor[]): readonly ManifestTensor[] =>
  tensors.flatMap((tensor) => new Array<ManifestTensor>(sizeOf(tensor)).fill(tensor));

async function allOf(name: string, tensors: readonly ManifestTensor[]): Promise<number[]> {
  const inputs = await openInputs(name, tensors);
  const values: number[] = [];
  const each = perElement(tensors);
  for await (const batch of inputs.batches()) {
    expect(batch.length % each.length).toBe(0);
    batch.forEach((byte, k) => {
      const signed = each[k % each.length]?.dtype === "i8" && byte > 127;
      values.push(signed ? byte - 256 : byte);
    });
  }
  return values;
}

/** Undefined for a good file, else the code of the error. Anything else fails the test. */
async function outcome(name: string, tensors: readonly ManifestTensor[]) {
  try {
    await allOf(name, tensors);
    return undefined;
  } catch (error) {
    if (error instanceof TwentyWattError) return error.code;
    throw error;
  }
}

const seeds = (n: number) => Array.from({ length: n }, (_, k) => dice(mulberry32(subseed(77, k))));

describe("csv", () => {
  test("any way to write a number gives the nearest byte, half away from zero", async () => {
    for (const d of seeds(60)) {
      const tensors = randomTensors(d).map(asBytes);
      const written: number[] = [];
      const lines = Array.from({ length: d.int(1, 12) }, () =>
        perElement(tensors)
          .map((tensor) => {
            const { scale, zeroPoint } = tensor;
            // quarters of a step, exact in binary: ties occur, and beyond both ends
            const steps = d.int(-1200, 1200) / 4;
            const away = Math.sign(steps) * Math.floor(Math.abs(steps) + 0.5);
            const low = least(tensor);
            written.push(Math.max(low, Math.min(low + 255, away + zeroPoint)));
            return numeral(d, steps * scale);
          })
          .join(d.pick([",", ", ", " ,"])),
      );
      const name = file("numbers.csv", lines.join(d.pick(["\n", "\r\n"])) + d.pick(["", "\n"]));
      expect(await allOf(name, tensors)).toEqual(written);
    }
  });

  test("lines across the borders of what is read at once", async () => {
    const [d] = seeds(1) as [Dice];
    const tensor = asBytes({ ...(randomTensors(d)[0] as ManifestTensor), shape: [40] });
    const rows = 20_000;
    const line = (k: number) =>
      Array.from({ length: 40 }, (_, j) => ((k * 7 + j) % 100) * tensor.scale).join(",");
    const name = file("long.csv", Array.from({ length: rows }, (_, k) => line(k)).join("\n"));
    const values = await allOf(name, [tensor]);
    expect(values.length).toBe(rows * 40);
    for (let k = 0; k < values.length; k += 997) {
      const steps = (Math.floor(k / 40) * 7 + (k % 40)) % 100;
      expect(values[k]).toBe(Math.min(least(tensor) + 255, steps + tensor.zeroPoint));
    }
  });

  test("damaged files give INPUT_SIZE or INPUT_FORMAT, or whole inputs", async () => {
    const seen = new Set<string | undefined>();
    for (const d of seeds(400)) {
      const tensors = randomTensors(d);
      const width = perElement(tensors).length;
      const good = Array.from({ length: d.int(1, 6) }, () =>
        Array.from({ length: width }, () => numeral(d, d.real(-50, 50))).join(","),
      ).join("\n");
      const code = await outcome(file("damaged.csv", damaged(d, Buffer.from(good))), tensors);
      expect([undefined, "INPUT_SIZE", "INPUT_FORMAT"]).toContain(code);
      seen.add(code);
    }
    expect(seen.size).toBe(3);
  });
});

describe("bin", () => {
  test("random bytes: whole inputs, or INPUT_SIZE, or INPUT_FORMAT for what is no number", async () => {
    const seen = new Set<string | undefined>();
    for (const d of seeds(200)) {
      const tensors = randomTensors(d);
      const bytes = tensors.reduce((n, t) => n + sizeOf(t) * (t.edge === "f32" ? 4 : 1), 0);
      const whole = d.chance(0.7);
      const length = bytes * d.int(1, 5) + (whole ? 0 : d.int(0, bytes - 1));
      const content = Uint8Array.from({ length }, () => d.int(0, 255));
      const name = file("random.bin", content);
      const code = await outcome(name, tensors);
      if (length % bytes !== 0) expect(code).toBe("INPUT_SIZE");
      else expect([undefined, "INPUT_FORMAT"]).toContain(code);
      seen.add(code);
    }
    expect(seen.size).toBe(3);
  });

  test("float32 through an output file and back: every byte survives", async () => {
    for (const d of seeds(40)) {
      const tensors = randomTensors(d).map((t) => ({ ...t, edge: "f32" as const }));
      const rows = Array.from({ length: d.int(1, 4) }, () =>
        perElement(tensors).map((tensor) => least(tensor) + d.int(0, 255)),
      );
      for (const extension of ["bin", "npy", "csv"]) {
        const name = path(`floats.${extension}`);
        const writer = await openOutput(name, tensors, outputFormat(name, tensors));
        for (const row of rows) await writer.write(Uint8Array.from(row));
        await writer.commit();
        expect(await allOf(name, tensors)).toEqual(rows.flat());
      }
    }
  });

  test("larger than what is read at once, in batches of whole inputs", async () => {
    const tensor = { ...(randomTensors(seeds(1)[0] as Dice)[0] as ManifestTensor), shape: [999] };
    const content = Uint8Array.from({ length: 999 * 3000 }, (_, k) => (k * 31) >> 3);
    const inputs = await openInputs(file("large.bin", content), [{ ...tensor, edge: "i8" }]);
    expect(inputs.count).toBe(3000);
    let at = 0;
    for await (const batch of inputs.batches()) {
      expect(batch.length % 999).toBe(0);
      expect(batch.length).toBeLessThan(1 << 19);
      expect(Buffer.from(batch).equals(content.subarray(at, at + batch.length))).toBe(true);
      at += batch.length;
    }
    expect(at).toBe(content.length);
  });
});

/** One of the ways to write a double, all of which read back to the same. */
function numeral({ pick }: Dice, value: number): string {
  const plain = String(value);
  const sign = value >= 0 ? pick(["", "+"]) : "";
  return sign + pick([plain, value.toExponential(), plain.replace(/^(-?)0\./, "$1.")]);
}

/** A few bytes changed, removed, doubled, or everything after one cut off. */
function damaged({ int, pick, chance }: Dice, bytes: Buffer): Uint8Array {
  let content = [...bytes];
  for (let k = int(1, 4); k > 0; k--) {
    const at = int(0, content.length);
    const ways = [
      () =>
        content.splice(
          at,
          1,
          chance(0.5) ? int(0, 255) : pick([..."\n\r,.-+eE ;\t\"'0"].map(code)),
        ),
      () => content.splice(at, int(1, 9)),
      () => content.splice(at, 0, ...content.slice(at, at + int(1, 30))),
      () => {
        content = content.slice(0, at);
      },
    ];
    pick(ways)();
  }
  return Uint8Array.from(content);
}

const code = (character: string): number => character.charCodeAt(0);
