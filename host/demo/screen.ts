/** Text for the terminal: sparklines, bars, colours where they are wanted, and redrawing in place. */
import { columnsOf, type Screen, widthOf } from "../text.ts";

const LEVELS = "▁▂▃▄▅▆▇█";
const EIGHTHS = " ▏▎▍▌▋▊▉█";

/** The range of a signal in `width` characters: each shows the largest magnitude of its share of the samples. */
export function sparkline(values: Float64Array, width: number): string {
  const peaks = Array.from({ length: width }, (_, k) => {
    const share = values.subarray(
      Math.floor((k * values.length) / width),
      Math.floor(((k + 1) * values.length) / width),
    );
    return share.reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
  });
  const top = Math.max(...peaks, Number.MIN_VALUE);
  return peaks.map((peak) => LEVELS[Math.min(7, Math.floor((8 * peak) / top))]).join("");
}

/** A bar of `width` characters, filled to an eighth of a character. share: 0 … 1. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  const full = "█".repeat(eighths >> 3);
  return (full + (eighths & 7 ? EIGHTHS[eighths & 7] : "")).padEnd(width);
}

export type Colour = "green" | "red" | "cyan" | "dim" | "bold";
export type Paint = (colour: Colour, text: string) => string;

const CODES: Record<Colour, number> = { green: 32, red: 31, cyan: 36, dim: 2, bold: 1 };

export const painter = (colours: boolean): Paint =>
  colours ? (colour, text) => `\x1b[${CODES[colour]}m${text}\x1b[0m` : (_, text) => text;

export type Frame = { draw(lines: readonly string[]): void; end(): void };

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR = "\x1b[2J\x1b[H";

/** A block of lines that is drawn over and over at the same place, inside the terminal as it is at the time. */
export function openFrame(out: Screen & { write(text: string): unknown }): Frame {
  let height = 0;
  let before = "";
  return {
    draw(lines) {
      const columns = widthOf(out);
      const size = `${columns} × ${out.rows}`;
      // nobody knows where a terminal of another size has put the lines that were there: the picture begins anew
      const place = height === 0 ? HIDE_CURSOR : size === before ? `\x1b[${height}A` : CLEAR;
      // the cursor rests below the last line, which must not scroll the first one away
      const shown = lines.slice(0, out.rows ? Math.max(1, out.rows - 1) : lines.length);
      out.write(place + shown.map((line) => `\x1b[2K${cut(line, columns)}\n`).join(""));
      height = shown.length;
      before = size;
    },
    end() {
      if (height > 0) out.write(SHOW_CURSOR);
      height = 0;
    },
  };
}

const COLOUR = /\p{Cc}\[\d*m/gu;

/** A painted line that fits, with "…" for what does not: colours take no columns, and none is left open. */
export function cut(line: string, columns: number): string {
  if (columnsOf(line.replaceAll(COLOUR, "")) <= columns) return line;
  let room = columns - 1;
  let text = "";
  for (const [part] of line.matchAll(new RegExp(`${COLOUR.source}|.`, "gsu"))) {
    const colour = part.startsWith("\x1b");
    const width = colour ? 0 : columnsOf(part);
    if (colour || (room >= 0 && width <= room)) text += part;
    else if (room >= 0) {
      text += "…";
      room = -1;
    }
    room -= width;
  }
  return text;
}
