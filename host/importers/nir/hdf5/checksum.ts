/** The two checksums of HDF5: Jenkins' lookup3 over structures, Fletcher's over chunks of data. */

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** hashlittle() of Bob Jenkins' lookup3.c, May 2006, public domain; the initial value is 0. */
export function lookup3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let a = (0xdeadbeef + bytes.length) | 0;
  let [b, c] = [a, a];
  let at = 0;
  // the last 1 to 12 bytes are mixed by other rules
  for (; bytes.length - at > 12; at += 12) {
    a = (a + view.getUint32(at, true)) | 0;
    b = (b + view.getUint32(at + 4, true)) | 0;
    c = (c + view.getUint32(at + 8, true)) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
  }
  if (at === bytes.length) return c >>> 0;
  const tail = new Uint8Array(12);
  tail.set(bytes.subarray(at));
  const last = new DataView(tail.buffer);
  a = (a + last.getUint32(0, true)) | 0;
  b = (b + last.getUint32(4, true)) | 0;
  c = (c + last.getUint32(8, true)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** Sums of big-endian 16-bit words modulo 65535, where 65535 itself may stand for 0. */
export function fletcher32(bytes: Uint8Array): number {
  let [sum1, sum2] = [0, 0];
  for (let at = 0; at < bytes.length; ) {
    // 360 words keep both sums below 2^32
    const end = Math.min(bytes.length, at + 720);
    for (; at < end; at += 2) {
      // an odd last byte is the high half of a word
      const low = at + 1 < bytes.length ? (bytes[at + 1] as number) : 0;
      sum1 += ((bytes[at] as number) << 8) | low;
      sum2 += sum1;
    }
    sum1 = folded(sum1);
    sum2 = folded(sum2);
  }
  return ((folded(sum2) << 16) | folded(sum1)) >>> 0;
}

const folded = (sum: number): number => (sum & 0xffff) + (sum >>> 16);
