/** CRC-32 of ISO 3309 and IEEE 802.3, as in zip and PNG: reflected, polynomial 0x04c11db7. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let c = byte;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});

/** @param before the CRC of the bytes that come before; 0 for none */
export function crc32(bytes: Uint8Array, before = 0): number {
  let c = ~before;
  for (let k = 0; k < bytes.length; k++) {
    c = (c >>> 8) ^ (TABLE[(c ^ (bytes[k] ?? 0)) & 0xff] ?? 0);
  }
  return ~c >>> 0;
}
