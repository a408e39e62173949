/** Datatypes: numbers and strings; everything else is refused by name. HDF5 File Format Specification 3.0, IV.A.2.d. */
import type { Cursor } from "./cursor.ts";
import type { Hdf5File } from "./file.ts";
import { bodyOf, findBody, MESSAGE, type Message, readObjectHeader } from "./object-header.ts";

export type NumberType = {
  readonly kind: "signed" | "unsigned" | "float";
  readonly size: number;
  readonly littleEndian: boolean;
};
export type StringType = {
  readonly kind: "string";
  readonly size: number;
  readonly padding: (typeof PADDINGS)[number];
};
export type VariableStringType = { readonly kind: "variable string"; readonly size: number };
export type Datatype = NumberType | StringType | VariableStringType;

const PADDINGS = ["terminated", "nul", "space"] as const;
const CLASSES = [
  ...["integer", "float", "time", "string", "bit field", "opaque", "compound", "reference"],
  ...["enumeration", "variable length", "array", "complex"],
];
const EXPECTED = "integers, float16, float32, float64 or strings";
const CONVERT = "Convert the values to float32.";

/** IEEE 754: size → bit offset, precision, exponent's place and size, mantissa's place and size, exponent's bias. */
const IEEE = new Map([
  [2, "0 16 10 5 0 10 15"],
  [4, "0 32 23 8 0 23 127"],
  [8, "0 64 52 11 0 52 1023"],
]);

/** Of a datatype message, which may stand in an object of its own: a committed datatype. */
export function datatypeOf(file: Hdf5File, message: Message): Datatype {
  if (!message.shared) return readDatatype(bodyOf(file, message));
  const c = bodyOf(file, message);
  const [version, type] = [c.u8(), c.u8()];
  if (version === 1) c.skip(6);
  // type 1 of version 3 is a heap of shared messages
  if (version === 0 || version > 3 || (version === 3 && type !== 2)) {
    file.refuse("a message shared between objects", "one of its own");
  }
  const committed = findBody(file, readObjectHeader(file, c.address()), MESSAGE.datatype);
  if (committed === null) file.damaged(c.at, "an object without a datatype", "a datatype");
  return readDatatype(committed);
}

export function readDatatype(c: Cursor): Datatype {
  const head = c.u8();
  const kind = CLASSES[head & 15] ?? `class ${head & 15}`;
  const bits = c.unsigned(3);
  const size = c.u32();
  switch (kind) {
    case "integer":
      return readInteger(c, bits, size);
    case "float":
      return readFloat(c, bits, size);
    case "string":
      return readString(c, bits, size);
    case "enumeration": {
      // its names do not matter here: a bool is 0 or 1
      const base = readDatatype(c);
      return base.kind === "signed" || base.kind === "unsigned" ? base : refuse(c, kind);
    }
    case "variable length":
      if ((bits & 15) !== 1 || size !== 8 + c.file.sizeOfOffsets) refuse(c, kind);
      return { kind: "variable string", size };
    default:
      return refuse(c, kind);
  }
}

const refuse = (c: Cursor, got: string): never =>
  c.file.refuse(`HDF5 type ${got}`, EXPECTED, CONVERT);

function readInteger(c: Cursor, bits: number, size: number): NumberType {
  const [offset, precision] = [c.u16(), c.u16()];
  if (![1, 2, 4, 8].includes(size) || offset !== 0 || precision !== 8 * size) {
    refuse(c, `integer of ${precision} bits from bit ${offset} of ${size} bytes`);
  }
  return { kind: bits & 8 ? "signed" : "unsigned", size, littleEndian: (bits & 1) === 0 };
}

function readFloat(c: Cursor, bits: number, size: number): NumberType {
  const layout = [c.u16(), c.u16(), c.u8(), c.u8(), c.u8(), c.u8(), c.u32()].join(" ");
  // byte order in bits 0 and 6, an implied leading bit in 4 and 5, the sign's place in 8 to 15
  const ieee = (bits & ~1) === (0x20 | ((8 * size - 1) << 8));
  if (!ieee || IEEE.get(size) !== layout) refuse(c, `float of ${size} bytes that is not IEEE 754`);
  return { kind: "float", size, littleEndian: (bits & 1) === 0 };
}

function readString(c: Cursor, bits: number, size: number): StringType {
  const padding = PADDINGS[bits & 15];
  if (padding === undefined || size === 0) return refuse(c, `string of ${size} bytes`);
  return { kind: "string", size, padding };
}
