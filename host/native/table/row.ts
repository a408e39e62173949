/** A kernel behind a generated check: where its source is, and what it touches. */
export type KernelRow = {
  /** of the export, without "k1_" */
  readonly name: string;
  /** file below assembly/, without .ts, and function with its type arguments: as KernelCall has them */
  readonly file: string;
  readonly entry: string;
  /** see rules.ts */
  readonly extents: string;
  /** tw_body_NAME is C that somebody wrote; otherwise it is made of the kernel's WebAssembly */
  readonly byHand: boolean;
};

/** The rows of one file. A name stands for its function, `name=function<T>` for one of several forms of it. */
export function rowsOf(
  file: string,
  kernels: Readonly<Record<string, string>>,
): readonly KernelRow[] {
  return Object.entries(kernels).map(([key, extents]) => {
    const [name = "", entry = name] = key.split("=");
    return { name, file, entry, extents, byHand: false };
  });
}

/** Bodies for which the generated ones are too slow. */
export const byHand = (rows: readonly KernelRow[]): readonly KernelRow[] =>
  rows.map((row) => ({ ...row, byHand: true }));
