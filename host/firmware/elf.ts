/** What an ELF file puts into flash and RAM, from its section headers: 32 and 64 bit, little-endian. */

const SHT_NOBITS = 8;
const SHF_WRITE = 1n;
const SHF_ALLOC = 2n;

export type ElfSizes = {
  /** code, constants, and the initial values of variables */
  readonly flashBytes: number;
  /** variables: the arena, slots and stack of a board are no sections */
  readonly ramBytes: number;
};

type Section = { readonly type: number; readonly flags: bigint; readonly size: number };

export function elfSizes(elf: Uint8Array): ElfSizes {
  const allocated = sections(elf).filter(({ flags }) => flags & SHF_ALLOC);
  const bytes = (which: readonly Section[]) => which.reduce((sum, { size }) => sum + size, 0);
  return {
    flashBytes: bytes(allocated.filter(({ type }) => type !== SHT_NOBITS)),
    ramBytes: bytes(allocated.filter(({ flags }) => flags & SHF_WRITE)),
  };
}

/** System V ABI, chapter 4: the file header names the table, each entry a section. */
function sections(elf: Uint8Array): Section[] {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (view.getUint32(0, false) !== 0x7f454c46) throw new Error("no ELF file");
  const wide = view.getUint8(4) === 2;
  const at = wide ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
  const entry = view.getUint16(wide ? 58 : 46, true);
  const count = view.getUint16(wide ? 60 : 48, true);
  return Array.from({ length: count }, (_, k) => {
    const header = at + k * entry;
    return {
      type: view.getUint32(header + 4, true),
      flags: wide ? view.getBigUint64(header + 8, true) : BigInt(view.getUint32(header + 8, true)),
      size: wide ? Number(view.getBigUint64(header + 32, true)) : view.getUint32(header + 20, true),
    };
  });
}
