/** C text: literals that mean what they hold, names that a compiler takes, comments that end where they should. */

/** A string literal of ASCII: everything else as octal bytes of UTF-8, which end after three digits. */
export function cString(text: string): string {
  let literal = "";
  for (const byte of new TextEncoder().encode(text)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    literal += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `"${literal}"`;
}

/** Inside a comment of one line: printable ASCII without a backslash, which would continue it. */
export const inComment = (text: string): string =>
  text.replace(/[²³×·−]/g, (sign) => ASCII[sign] ?? "?").replace(/[^ -[\]-~]/g, "?");

const ASCII: Readonly<Record<string, string>> = {
  "²": "^2",
  "³": "^3",
  "×": "x",
  "·": "*",
  "−": "-",
};

/** A file's name as the start of names in C: letters, digits and _, no digit in front. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^_+/, "");
  return /^[A-Za-z]/.test(plain) ? plain : `model_${plain}`;
}

/** Shortest decimals that give the number back. */
export function cNumber(value: number, type: "float" | "double"): string {
  const decimals = type === "float" ? shortestFloat(value) : String(value);
  const real = /[.e]/.test(decimals) ? decimals : `${decimals}.0`;
  return type === "float" ? `${real}f` : real;
}

function shortestFloat(value: number): string {
  const wanted = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(wanted.toPrecision(digits)));
    if (Math.fround(Number(text)) === wanted) return text;
  }
  return String(Number(wanted.toPrecision(9)));
}

const COLUMNS = 100;

/** Elements of an array, broken into lines. */
export function cElements(elements: readonly (string | number)[]): string {
  const lines: string[] = [];
  let line = "   ";
  for (const element of elements) {
    const next = ` ${element},`;
    if (line.length + next.length > COLUMNS) {
      lines.push(line);
      line = "   ";
    }
    line += next;
  }
  return [...lines, line].join("\n");
}
