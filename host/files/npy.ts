/**
 * The head of a .npy file, after NumPy's description of its format (numpy.lib.format, versions 1, 2 and 3): six bytes
 * \x93NUMPY, the version, the length of a dictionary as a u16 (version 1) or u32, little-endian, and the dictionary as
 * Python writes it, padded with blanks so that the elements begin at a multiple of 64.
 */
import { fail } from "../errors.ts";

export type NpyElement = "i8" | "u8" | "i16" | "f32";

export type NpyHead = {
  readonly element: NpyElement;
  readonly shape: readonly number[];
  /** bytes before the first element */
  readonly offset: number;
};

export const NPY_ELEMENT_BYTES = { i8: 1, u8: 1, i16: 2, f32: 4 } as const;
/** As NumPy writes them; the byte order of a single byte means nothing. */
const DESCR = { i8: "|i1", u8: "|u1", i16: "<i2", f32: "<f4" } as const;
/** The types that an edge of each element takes. A bool is a byte, 0 or 1: a spike or none. */
const TAKES = {
  i8: { form: /^[|<>=]?i1$/, names: "int8 (|i1)", call: "int8" },
  u8: { form: /^[|<>=]?(u1|b1)$/, names: "uint8 (|u1) or bool (|b1)", call: "uint8" },
  i16: { form: /^<i2$/, names: "int16 (<i2)", call: "int16" },
  f32: { form: /^<f4$/, names: "float32 (<f4)", call: "float32" },
} as const;
/** How people call the types that NumPy makes where nobody asks for another. */
const CALLED: Readonly<Record<string, string>> = {
  "|b1": "bool",
  "|i1": "int8",
  "|u1": "uint8",
  "<i2": "int16",
  "<i4": "int32",
  "<i8": "int64",
  "<f4": "float32",
  "<f8": "float64",
};

const MAGIC = "\x93NUMPY";
const ALIGNMENT = 64;
/** NumPy itself reads no more than 10,000 bytes of it from strangers. */
const MOST_DICTIONARY_BYTES = 65_535;
/** What a head can be at most: magic, version, length, dictionary. */
export const MOST_NPY_HEAD_BYTES = 12 + MOST_DICTIONARY_BYTES;
/** Digits of the number of rows, which is known at the end: 2^53 has so many. */
const ROW_DIGITS = 16;

const REMEDY = "Save it with numpy.save, of a C-ordered array.";

/**
 * @param bytes the beginning of a file, as much as there is of it
 * @param wanted what the network's edge takes
 * @returns null where the head goes on after them
 * @throws INPUT_FORMAT for what is no .npy file, and for arrays of other types and orders
 */
export function readNpyHead(path: string, bytes: Uint8Array, wanted: NpyElement): NpyHead | null {
  const refuse = (got: string, expected: string, remedy = REMEDY) =>
    fail("INPUT_FORMAT", path, got, expected, remedy);
  const magic = Buffer.from(bytes.subarray(0, MAGIC.length)).toString("latin1");
  if (!MAGIC.startsWith(magic)) refuse("another beginning", "a .npy file");
  if (bytes.length < 8) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor] = [view.getUint8(6), view.getUint8(7)];
  if (major < 1 || major > 3 || minor !== 0) refuse(`version ${major}.${minor}`, "1.0, 2.0 or 3.0");
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) return null;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MOST_DICTIONARY_BYTES) {
    refuse(`a head of ${length} bytes`, `at most ${MOST_DICTIONARY_BYTES}`);
  }
  if (bytes.length < start + length) return null;
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const { descr, fortran, shape } =
    dictionaryIn(text) ?? refuse("a head that says no type, order and shape", "these three");
  const { form, names, call } = TAKES[wanted];
  if (!form.test(descr)) {
    const [type, name] = [descr.slice(0, 40), CALLED[descr]];
    const remedy = `Convert it with array.astype(numpy.${call}), or write real values to a .csv file.`;
    const got = `elements of type ${name === undefined ? type : `${name} (${type})`}`;
    refuse(got, `${names}, as the network's edge is`, remedy);
  }
  if (fortran) refuse("Fortran order, the first axis fastest", "C order");
  return { element: wanted, shape, offset: start + length };
}

type Dictionary = {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
};

/** {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }: three keys in any order, each once. */
function dictionaryIn(text: string): Dictionary | null {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inside === undefined) return null;
  const found = new Map<string, string>();
  let rest = inside.trim();
  while (rest !== "") {
    // of a record's type, a list, only the beginning matters: it is refused
    const entry = /^(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|\[.*\]|\([^()]*\)|\w+)\s*(?:,\s*|$)/s.exec(
      rest,
    );
    const [all, , key, value] = entry ?? [];
    if (all === undefined || key === undefined || value === undefined || found.has(key))
      return null;
    found.set(key, value);
    rest = rest.slice(all.length);
  }
  const [descr, order, axes] = ["descr", "fortran_order", "shape"].map((key) => found.get(key));
  if (descr === undefined || axes === undefined || found.size !== 3) return null;
  if (order !== "True" && order !== "False") return null;
  const shape = shapeIn(axes);
  return (
    shape && { descr: descr.replace(/^(['"])(.*)\1$/s, "$2"), fortran: order === "True", shape }
  );
}

/** (), (3,), (3, 4): whole numbers; Python 2 wrote an L after each. */
function shapeIn(text: string): readonly number[] | null {
  const inside = /^\((.*)\)$/s.exec(text)?.[1]?.trim();
  if (inside === undefined) return null;
  // no blanks in the patterns: each would try every one of a head that is full of them
  const axes = inside === "" ? [] : inside.replace(/,$/, "").split(",");
  return axes.every((axis) => /^\d{1,15}L?$/.test(axis.trim()))
    ? axes.map((axis) => Number.parseInt(axis, 10))
    : null;
}

/**
 * A head of version 1. It is as long for any number of rows, so that it can be written before they are counted.
 *
 * @param row the shape of one row
 */
export function npyHead(element: NpyElement, row: readonly number[], rows: number): Uint8Array {
  const dictionary = (first: string): string => {
    const axes = [first, ...row];
    const shape = `(${axes.join(", ")}${axes.length === 1 ? "," : ""})`;
    return `{'descr': '${DESCR[element]}', 'fortran_order': False, 'shape': ${shape}, }`;
  };
  const longest = 10 + dictionary("9".repeat(ROW_DIGITS)).length + 1;
  const bytes = Buffer.alloc(ALIGNMENT * Math.ceil(longest / ALIGNMENT), " ");
  bytes.write(`${MAGIC}\x01\x00`, "latin1");
  bytes.writeUInt16LE(bytes.length - 10, 8);
  bytes.write(dictionary(String(rows)), 10, "latin1");
  bytes.write("\n", bytes.length - 1, "latin1");
  return bytes;
}
