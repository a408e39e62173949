/** Trees of HDF5 files: finding a place in one, and reading one with h5wasm, the independent oracle. */
import { Dataset, File, Group, ready } from "h5wasm";
import type { Hdf5, Hdf5Group } from "../../host/importers/nir/hdf5/index.ts";

/** The object at a path that begins with "/", or undefined. */
export function at(tree: Hdf5Group, path: string): Hdf5 | undefined {
  let found: Hdf5 | undefined = tree;
  for (const name of path.split("/").slice(1)) {
    found = found?.kind === "group" ? found.children.get(name) : undefined;
  }
  return found;
}

/** The whole file, as h5wasm reads it. */
export async function readByH5wasm(bytes: Uint8Array): Promise<Hdf5Group> {
  const { FS } = await ready;
  FS.writeFile("/oracle.h5", bytes);
  const file = new File("/oracle.h5", "r");
  try {
    return readGroup(file);
  } finally {
    file.close();
    FS.unlink("/oracle.h5");
  }
}

function readGroup(group: Group): Hdf5Group {
  const children = group.keys().map((name): [string, Hdf5] => {
    const child = group.get(name);
    if (child instanceof Group) return [name, readGroup(child)];
    if (child instanceof Dataset) return [name, readDataset(child)];
    throw new Error(`${name} is neither a group nor a dataset`);
  });
  return { kind: "group", children: new Map(children) };
}

function readDataset({ value, shape }: Dataset): Hdf5 {
  const dimensions = shape ?? [];
  if (typeof value === "string") return { kind: "strings", shape: dimensions, strings: [value] };
  if (Array.isArray(value))
    return { kind: "strings", shape: dimensions, strings: value.map(String) };
  const list = ArrayBuffer.isView(value)
    ? Array.from(value as Float64Array | BigInt64Array, Number)
    : [Number(value)];
  return { kind: "numbers", shape: dimensions, numbers: Float64Array.from(list) };
}

/** Writes one file with h5wasm. */
export async function writeHdf5(
  write: (file: File) => void,
  libver: "earliest" | "latest" = "latest",
): Promise<Uint8Array> {
  const { FS } = await ready;
  const file = new File("/trees.h5", "w", { libver: [libver, "latest"] });
  write(file);
  file.close();
  const bytes = new Uint8Array(FS.readFile("/trees.h5"));
  FS.unlink("/trees.h5");
  return bytes;
}
