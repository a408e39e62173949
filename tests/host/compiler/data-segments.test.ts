import { describe, expect, test } from "vitest";
import { dataSection } from "../../../host/compiler/data-segments.ts";
import type { Segment } from "../../../host/compiler/layout.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { ByteReader, i32, u32 } from "../../../host/module/wasm-binary.ts";

/** What an engine does with a data section, read by the specification. */
function load(body: Uint8Array, bytes: number): { memory: Uint8Array; segments: number } {
  const memory = new Uint8Array(bytes);
  const reader = new ByteReader(body);
  const segments = reader.u32();
  for (let k = 0; k < segments; k++) {
    expect([reader.byte(), reader.byte()]).toEqual([0x00, 0x41]);
    const ptr = reader.signed(32);
    expect(reader.byte()).toBe(0x0b);
    memory.set(reader.take(reader.u32()), ptr);
  }
  expect(reader.done).toBe(true);
  return { memory, segments };
}

const bytesOf = (segments: readonly Segment[]): Uint8Array =>
  dataSection(segments)?.body ?? Uint8Array.of(0);

describe("a data section", () => {
  test("puts every byte where it belongs, whatever the zeros", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = mulberry32(seed);
      const memory = new Uint8Array(4096);
      const segments: Segment[] = [];
      for (let ptr = 16; ptr < 3000; ) {
        const length = Math.floor(random() * 200);
        const bytes = Uint8Array.from({ length }, (_, k) =>
          (k >> 5) & 1 || random() < 0.3 ? 0 : random() * 256,
        );
        segments.push({ ptr, bytes });
        memory.set(bytes, ptr);
        ptr += length + Math.floor(random() * 40);
      }
      const body = bytesOf(segments);
      expect(load(body, 4096).memory).toEqual(memory);
      const plain = segments.reduce((n, { bytes }) => n + bytes.length + 6, 0);
      expect(body.length).toBeLessThanOrEqual(plain);
    }
  });

  test("merges neighbours and leaves long zeros out", () => {
    const ones = (ptr: number, length: number): Segment => ({
      ptr,
      bytes: new Uint8Array(length).fill(1),
    });
    expect(load(bytesOf([ones(16, 8), ones(24, 8), ones(36, 4)]), 64).segments).toBe(1);
    const gap: Segment = { ptr: 16, bytes: Uint8Array.of(1, ...new Uint8Array(500), 1) };
    expect(load(bytesOf([gap]), 1024).segments).toBe(2);
    expect(bytesOf([gap]).length).toBeLessThan(30);
  });

  test("nothing but zeros needs no section", () => {
    expect(dataSection([{ ptr: 16, bytes: new Uint8Array(100) }])).toBeNull();
    expect(dataSection([])).toBeNull();
  });
});

test("LEB128 goes both ways", () => {
  const values = [0, 1, 63, 64, 127, 128, 16383, 16384, 2 ** 31 - 1];
  for (const value of values) {
    expect(new ByteReader(Uint8Array.from(u32(value))).u32()).toBe(value);
    for (const signed of [value, -value | 0, -value - 1]) {
      expect(new ByteReader(Uint8Array.from(i32(signed))).signed(32)).toBe(signed);
    }
  }
  expect(new ByteReader(Uint8Array.from(u32(2 ** 32 - 1))).u32()).toBe(2 ** 32 - 1);
});
