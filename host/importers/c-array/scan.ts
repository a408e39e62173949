/**
 * Finds the arrays of bytes in C and C++ text, in one pass from front to back: no preprocessor and no grammar, only a
 * declared name and the numbers in braces behind it. Any bytes are safe to scan.
 */
import { Cursor } from "./cursor.ts";

/** A list of bytes in braces. */
export type CArray = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** where its values begin, from 1 */
  readonly line: number;
  /** why these need not be the bytes that a compiler sees, or null */
  readonly trouble: string | null;
};

const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d] as const;
const [PARENTHESIS, PARENTHESIS_END, EQUALS, COMMA] = [0x28, 0x29, 0x3d, 0x2c] as const;

/** Arrays beyond this are not looked at: the file is damaged, and messages stay short. */
const MOST = 4096;

export function scanArrays(text: Uint8Array): readonly CArray[] {
  const found: CArray[] = [];
  const cursor = new Cursor(text);
  // a value takes a character and a comma: half the text has room for all of them
  const room = new Uint8Array((text.length >> 1) + 1);
  /** the last word, and the one that `[` or `=` made a declared name */
  let [word, declared] = ["", ""];
  /** words in parentheses are arguments of attributes */
  let depth = 0;
  for (cursor.skip(); !cursor.done && found.length < MOST; cursor.skip()) {
    if (cursor.quoted()) continue;
    if (cursor.isWord) {
      const own = cursor.word();
      if (depth === 0) word = own;
      continue;
    }
    const { byte } = cursor;
    cursor.next();
    if (byte === PARENTHESIS) depth += 1;
    else if (byte === PARENTHESIS_END) depth = Math.max(0, depth - 1);
    else if (depth === 0 && (byte === BRACKET || byte === EQUALS)) {
      declared ||= word;
      if (byte === BRACKET) passExtent(cursor);
    } else if (byte === BRACE) {
      const array = readValues(cursor, room, declared || word);
      if (array !== null) found.push(array);
      [declared, depth] = ["", 0];
    } else if (depth === 0) declared = "";
  }
  return found;
}

/** What stands between brackets is an expression, not a name. */
function passExtent(cursor: Cursor): void {
  for (cursor.skip(); !cursor.done; cursor.skip()) {
    const { byte } = cursor;
    if (byte === BRACE) return;
    if (!cursor.quoted()) cursor.next();
    if (byte === BRACKET_END) return;
  }
}

/** Behind a brace; inner braces are passed. Null where something else than numbers begins. */
function readValues(cursor: Cursor, room: Uint8Array, name: string): CArray | null {
  const { line, directives } = cursor;
  let [count, depth] = [0, 1];
  let trouble: string | null = null;
  let separated = true;
  while (depth > 0 && trouble === null) {
    cursor.skip();
    const here = `line ${cursor.line}`;
    if (cursor.done) trouble = "no end: the text stops inside it";
    else if (cursor.isNumber && separated) {
      const value = cursor.integer();
      if (!(value >= -128 && value <= 255)) trouble = `a value that is no byte, ${here}`;
      else room[count++] = value;
      separated = false;
    } else if (cursor.byte === COMMA || cursor.byte === BRACE || cursor.byte === BRACE_END) {
      if (cursor.byte !== COMMA) depth += cursor.byte === BRACE ? 1 : -1;
      else separated = true;
      cursor.next();
    } else trouble = `something that is no byte, ${here}`;
  }
  if (count === 0) return null;
  if (trouble === null && cursor.directives > directives) {
    trouble = "lines of the preprocessor between its values";
  }
  return { name, bytes: room.slice(0, count), line, trouble };
}
