/**
 * Writes NIR files as nir.write() does (reference: NIR's serialization): version, node groups with a `type`, parameters
 * with their own dtype, edges as pairs of strings. What is written need not make sense.
 */
import { type Dataset, File, type Group, ready } from "h5wasm";

type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array;
export type NirArray = { readonly shape: readonly number[]; readonly data: Numbers };
/** a number is an int64 scalar, as Python's int; a group stands for what does not belong there */
export type NirField = NirArray | number | string | { readonly group: NirFields };
export type NirFields = { readonly [name: string]: NirField };
export type NirNode = NirFields & { readonly type: string };
export type NirGraph = {
  readonly type: "NIRGraph";
  readonly nodes: { readonly [name: string]: NirNode | NirGraph };
  readonly edges: readonly (readonly string[])[];
};
export type NirStyle = {
  /** deflate level for arrays: NIR after 1.0.7 compresses */
  readonly gzip?: number;
  readonly version?: string | null;
  /** the newest form of HDF5: superblock 3, object headers with checksums */
  readonly latest?: boolean;
  /** groups keep the order of creation, as h5py's track_order asks for */
  readonly tracked?: boolean;
  /** name of the top group */
  readonly top?: string;
};

export const isGraph = (node: NirNode | NirGraph): node is NirGraph => Array.isArray(node.edges);

const product = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Values repeated until the shape is full. */
export const f32 = (shape: readonly number[], ...values: number[]): NirArray => ({
  shape,
  data: Float32Array.from({ length: product(shape) }, (_, k) => values[k % values.length] ?? 0),
});
export const f64 = (shape: readonly number[], ...values: number[]): NirArray => ({
  shape,
  data: Float64Array.from({ length: product(shape) }, (_, k) => values[k % values.length] ?? 0),
});
/** A list of integers, as numpy's int64. */
export const i64 = (...values: number[]): NirArray => ({
  shape: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

export async function writeNir(graph: NirGraph, style: NirStyle = {}): Promise<Uint8Array> {
  const { FS } = await ready;
  const path = "/written.nir";
  // earliest: superblock 0 and symbol tables, as h5py writes, without checksums that would catch any damage
  const file = new File(path, "w", {
    libver: [style.latest ? "latest" : "earliest", "latest"],
  });
  try {
    const { version = "1.0.7" } = style;
    if (version !== null) file.create_dataset({ name: "version", data: version, shape: [] });
    writeGraph(file.create_group(style.top ?? "node"), graph, style);
  } finally {
    file.close();
  }
  const bytes = new Uint8Array(FS.readFile(path));
  FS.unlink(path);
  return bytes;
}

function writeGraph(group: Group, { nodes, edges }: NirGraph, style: NirStyle): void {
  group.create_dataset({ name: "type", data: "NIRGraph", shape: [] });
  if (edges.length > 0) {
    const data = edges.flat();
    const columns = data.length / edges.length; // edges that are no pairs make a flat list
    const shape = Number.isInteger(columns) ? [edges.length, columns] : [data.length];
    group.create_dataset({ name: "edges", data, shape });
  }
  const inner = group.create_group("nodes", style.tracked ?? false);
  for (const [name, node] of Object.entries(nodes)) {
    if (isGraph(node)) writeGraph(inner.create_group(name), node, style);
    else writeFields(inner.create_group(name), node, style);
  }
}

function writeFields(group: Group, fields: NirFields, style: NirStyle): void {
  for (const [name, field] of Object.entries(fields)) writeField(group, name, field, style);
}

function writeField(group: Group, name: string, field: NirField, style: NirStyle): Dataset | null {
  if (typeof field === "string") return group.create_dataset({ name, data: field, shape: [] });
  if (typeof field === "number") {
    return group.create_dataset({ name, data: BigInt64Array.of(BigInt(field)), shape: [] });
  }
  if ("group" in field) {
    writeFields(group.create_group(name), field.group, style);
    return null;
  }
  const { data } = field;
  const shape = [...field.shape];
  const { gzip } = style;
  return gzip !== undefined && data.length > 1
    ? group.create_dataset({ name, data, shape, chunks: shape, compression: gzip })
    : group.create_dataset({ name, data, shape });
}

/** A graph whose edges are a chain in the order of the nodes. */
export const chain = (nodes: NirGraph["nodes"]): NirGraph => {
  const names = Object.keys(nodes);
  return {
    type: "NIRGraph",
    nodes,
    edges: names.slice(1).map((name, k) => [names[k] ?? "", name]),
  };
};

/** input, the given node, output: shapes of what goes in and out. */
export const around = (
  from: readonly number[],
  node: NirNode | NirGraph,
  to: readonly number[],
): NirGraph =>
  chain({
    input: { type: "Input", shape: i64(...from) },
    node,
    output: { type: "Output", shape: i64(...to) },
  });
