/** Numbers of ioctl requests, as asm-generic/ioctl.h builds them: x86, arm and riscv share this form. */

const DIRECTION = { none: 0, write: 1, read: 2, readWrite: 3 } as const;

/**
 * direction << 30 | size << 16 | type << 8 | nr, unsigned.
 *
 * @param direction seen from the program: read is what the kernel fills
 * @param type the driver's letter or number, 0…255
 * @param nr which request of the driver, 0…255
 * @param size of its struct in bytes, 0…16383
 */
export const requestNumber = (
  direction: keyof typeof DIRECTION,
  type: number,
  nr: number,
  size: number,
): number => ((DIRECTION[direction] << 30) | (size << 16) | (type << 8) | nr) >>> 0;
