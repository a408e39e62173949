/** Text for the terminal: sparklines, bars, colours where they are wanted, and redrawing in place. */

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

/** VT100: hide the cursor, and cut lines at the right edge, since a wrapped line would break the redrawing. */
const BEGIN = "\x1b[?25l\x1b[?7l";
const END = "\x1b[?7h\x1b[?25h";

/** A block of lines that is drawn over and over at the same place. */
export function openFrame(write: (text: string) => unknown): Frame {
  let height = 0;
  return {
    draw(lines) {
      const up = height > 0 ? `\x1b[${height}A` : BEGIN;
      write(up + lines.map((line) => `\x1b[2K${line}\n`).join(""));
      height = lines.length;
    },
    end() {
      if (height > 0) write(END);
      height = 0;
    },
  };
}
