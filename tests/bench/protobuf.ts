/** The little of protobuf's wire format that a model takes: fields in the order given, nothing packed. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

export type Field = readonly [field: number, value: number | string | Uint8Array | Float];
/** A number that travels as a float. */
export type Float = { readonly float: number };

/** Whole numbers are varints, 0 or more; texts and bytes have their length in front. */
export function message(fields: readonly Field[]): Uint8Array {
  return concat(fields.map(([field, value]) => fieldBytes(field, value)));
}

function fieldBytes(field: number, value: Field[1]): Uint8Array {
  const tag = (wire: number) => varint((field << 3) | wire);
  if (typeof value === "number") return concat([tag(VARINT), varint(value)]);
  if (typeof value === "object" && "float" in value) {
    return concat([tag(FIXED32), new Uint8Array(Float32Array.of(value.float).buffer)]);
  }
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return concat([tag(BYTES), varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
