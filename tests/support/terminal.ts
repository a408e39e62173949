/**
 * A terminal without an end above: what has been written to it, as a person sees it. Knows the few sequences that this
 * program writes, and refuses any other. A line that goes over the edge is remembered, not wrapped.
 */
import { columnsOf } from "../../host/text.ts";

const PARTS = /\p{Cc}\[(\??\d*)([A-Za-z])|\p{Cc}|[^\p{Cc}]+/gsu;

export class Terminal {
  readonly isTTY = true;
  columns: number;
  rows: number | undefined;
  cursorHidden = false;
  /** lines that were wider than the terminal at the time */
  readonly tooWide: string[] = [];
  /** as it was before each movement of the cursor: the pictures of an animation */
  readonly pictures: string[] = [];
  private lines: string[] = [""];
  private row = 0;

  constructor(columns: number, rows?: number) {
    this.columns = columns;
    this.rows = rows;
  }

  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n");
  }

  write(text: string): void {
    for (const [part, count = "", letter] of text.matchAll(PARTS)) {
      if (letter !== undefined) this.sequence(`${count}${letter}`);
      else if (part === "\n") this.down();
      else if (part === "\r") this.lines[this.row] = "";
      else this.print(part);
    }
  }

  private print(text: string): void {
    const line = `${this.lines[this.row]}${text}`;
    if (columnsOf(line) > this.columns) this.tooWide.push(line);
    this.lines[this.row] = line;
  }

  private down(): void {
    this.row += 1;
    this.lines[this.row] ??= "";
  }

  private sequence(name: string): void {
    if (/^\d*m$/.test(name)) return; // colours
    if (name === "?25l" || name === "?25h") this.cursorHidden = name === "?25l";
    else if (name === "2K") this.lines[this.row] = "";
    else if (name === "2J") {
      this.pictures.push(this.text);
      this.lines = [""];
    } else if (name === "H") this.row = 0;
    else if (name.endsWith("A")) {
      this.pictures.push(this.text);
      this.row -= Number(name.slice(0, -1));
      if (this.row < 0) throw new Error("the cursor left the terminal");
      // what is drawn over is drawn from its first column
    } else throw new Error(`an escape sequence that no terminal here knows: ${name}`);
  }
}
