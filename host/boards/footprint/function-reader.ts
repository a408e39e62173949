/** Reads one function body, whose checks have passed. */
import { ByteReader } from "../../module/wasm-binary.ts";
import { VALUE_TYPE } from "../../module/wasm-code.ts";
import type { ValueType } from "./slots.ts";

export class FunctionReader {
  private readonly bytes: Uint8Array;
  private readonly reader: ByteReader;

  constructor(body: Uint8Array) {
    this.bytes = body;
    this.reader = new ByteReader(body);
  }

  locals(): ValueType[] {
    const locals: ValueType[] = [];
    for (let k = this.reader.u32(); k > 0; k--) {
      const count = this.reader.u32();
      const type = valueType(this.reader.byte());
      for (let n = 0; n < count; n++) locals.push(type);
    }
    return locals;
  }

  byte = (): number => this.reader.byte();

  u32 = (): number => this.reader.u32();

  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.reader.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
  }

  blockType(): ValueType | null {
    const type = this.reader.byte();
    return type === 0x40 ? null : valueType(type);
  }

  rest = (): Uint8Array => this.bytes.subarray(this.reader.position);

  /** The last byte once more. */
  back(): void {
    this.reader.position--;
  }
}

export const valueType = (byte: number): ValueType => (byte === VALUE_TYPE.i64 ? "i64" : "i32");
