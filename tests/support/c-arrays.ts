/** C text that holds a model, in the manners of those who write it, and damage to such text. */
import type { Random } from "../../host/model/random.ts";
import { dice } from "./random-draft.ts";

/** One value as its writer has it. */
export type Style = (byte: number, k: number) => string;

export const hex: Style = (byte) => `0x${byte.toString(16).padStart(2, "0")}`;
export const decimal: Style = (byte) => String(byte);

export type CText = {
  readonly declaration?: string;
  readonly style?: Style;
  readonly perLine?: number;
  /** what follows the last value */
  readonly end?: string;
};

/** As `xxd -i` writes it where nothing else is said. */
export function cText(bytes: Uint8Array, options: CText = {}): string {
  const { declaration = "unsigned char g_model[]", style = hex, perLine = 12 } = options;
  const lines: string[] = [];
  for (let k = 0; k < bytes.length; k += perLine) {
    const row = [...bytes.subarray(k, k + perLine)].map((byte, i) => style(byte, k + i));
    lines.push(`  ${row.join(", ")}`);
  }
  const { end = `\n};\nunsigned int g_model_len = ${bytes.length};\n` } = options;
  return `${declaration} = {\n${lines.join(",\n")}${end}`;
}

const WORDS = [
  ..."{}[]()=,;'\"\\#/*-.0x".split(""),
  ...["/*", "*/", "//", "#if 0\n", "#endif\n", "0x", "256", "-129", "0b1", "\\\n", "\u00e9", "\0"],
  ...["unsigned char other[] = {", "namespace n {", "alignas(16)", "18446744073709551616", "\r\n"],
];

/** Text with one to four places changed: taken away, doubled, exchanged, written over, cut off. */
export function damagedText(text: string, random: Random): Uint8Array {
  const { int, pick } = dice(random);
  let damaged = text;
  for (let k = int(1, 4); k > 0; k--) {
    const [at, length] = [int(0, damaged.length), int(0, int(0, 3) === 0 ? 400 : 4)];
    const [before, there, after] = [
      damaged.slice(0, at),
      damaged.slice(at, at + length),
      damaged.slice(at + length),
    ];
    damaged = pick([
      () => before + after,
      () => before + there + there + after,
      () => before + pick(WORDS) + there + after,
      () => before + pick(WORDS) + after,
      () => after + there + before,
      () => (int(0, 3) === 0 ? before : before + there + after),
    ])();
  }
  return Buffer.from(damaged, "latin1");
}
