/** A generated kernel: where its source is, and what it touches. */
export type KernelRow = {
  /** of the export, without "k1_" */
  readonly name: string;
  /** file below assembly/, without .ts, and function with its type arguments: as KernelCall has them */
  readonly file: string;
  readonly entry: string;
  /** see rules.ts */
  readonly extents: string;
};

/** The rows of one file. A name stands for its function, `name=function<T>` for one of several forms of it. */
export function rowsOf(
  file: string,
  kernels: Readonly<Record<string, string>>,
): readonly KernelRow[] {
  return Object.entries(kernels).map(([key, extents]) => {
    const [name = "", entry = name] = key.split("=");
    return { name, file, entry, extents };
  });
}
