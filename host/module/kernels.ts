/**
 * Kernels that a board may compute itself. A module of the MVP build exports its kernels under these names; a firmware that
 * has one of the same name and signature links it in place of the WebAssembly (firmware/core/tw_kernels.h), every other
 * engine runs what the module holds. Both give the same bits.
 *
 * A kernel never changes in place, and rows are only appended: a board says by their numbers which ones it has
 * (firmware/kernels/tw_kernel_rows.h has the same rows).
 */

export type NativeKernel = {
  /** of the export, behind "k1_" */
  readonly name: string;
  /** a letter for each: i for i32, I for i64. There is no result */
  readonly parameters: string;
  /** the kernel that defines it: file below assembly/ without .ts, and exported function with its type arguments */
  readonly file: string;
  readonly entry: string;
};

export const KERNEL_PREFIX = "k1_";

const row = (name: string, parameters: string, file: string, entry = name): NativeKernel => ({
  ...{ name, parameters, file, entry },
});

const DEPTHWISE = "layers/depthwise-conv-2d.mvp";

export const NATIVE_KERNELS: readonly NativeKernel[] = [
  row("conv2d", "iiiiiiiiiiiiiiiiiiiiii", "layers/conv-2d.mvp", "conv2d<i8>"),
  row("conv2d_u8", "iiiiiiiiiiiiiiiiiiiiii", "layers/conv-2d.mvp", "conv2d<u8>"),
  row("depthwiseConv2d3x3", "iiiiiiiiiiiiiiiiii", "layers/depthwise-conv-2d-3x3.mvp"),
  row("depthwiseConv2d", "iiiiiiiiiiiiiiiiiiiii", DEPTHWISE, "depthwiseConv2d<i8>"),
  row("depthwiseConv2d_i16", "iiiiiiiiiiiiiiiiiiiii", DEPTHWISE, "depthwiseConv2d<i16>"),
  // generated: host/native/table has what they read and write
  row("lookup", "iiii", "layers/lookup"),
  row("addTable", "iiiiii", "layers/add"),
  row("add", "iiiiiiiiiiiiiiii", "layers/add"),
  row("mul", "iiiiiiiiiiiiiiii", "layers/mul"),
  row("averagePool2d", "iiiiiiiiiiiiiii", "layers/average-pool-2d", "averagePool2d<i8>"),
  row("maxPool2d", "iiiiiiiiiiiiiii", "layers/max-pool-2d"),
  row("mean", "iiiiiiiiii", "layers/mean"),
  row("softmax", "iiiiiiiii", "layers/softmax"),
  row("copy", "iii", "layers/copy"),
  row("slide", "iii", "layers/slide"),
  row("place", "iiiiii", "layers/place"),
  row("fill", "iii", "layers/place"),
  row("lif", "iiiiiiiiiiiiiiiiiii", "neurons/lif"),
  row("lifLanes", "iiiiiiii", "neurons/lif-lanes"),
  row("membrane", "iiiiiiiiiiiii", "neurons/membrane"),
  row("receptor", "iiiiiiiiiiii", "neurons/receptor"),
  row("memoryless", "iiiiiiiiiii", "neurons/receptor"),
  row("cubaLif", "iiiiiiiiiii", "neurons/cuba-lif"),
  row("arrive", "iiiii", "neurons/arrive"),
  row("restEach", "iii", "neurons/rest"),
  row("inputCounts", "iii", "neurons/input"),
  row("inputValues", "iii", "neurons/input"),
  row("zero", "ii", "fixed/fill"),
  row("fillI32", "iii", "fixed/fill"),
  row("copyBytes", "iii", "fixed/fill"),
  row("turn", "ii", "fixed/ring"),
  row("book", "iii", "fixed/tally"),
  row("sparse", "iiiiiiiiii", "synapses/sparse", "sparse<u32>"),
  row("sparse_u16", "iiiiiiiiii", "synapses/sparse", "sparse<u16>"),
  row("sparseApart", "iiiiiiiiiii", "synapses/sparse"),
  row("sparseDelayed", "iiiiiiiiiii", "synapses/sparse", "sparseDelayed<u32>"),
  row("dense_i8", "iiiiiiiii", "synapses/dense", "dense<i8>"),
  row("dense_i16", "iiiiiiiii", "synapses/dense", "dense<i16>"),
  row("denseLanes", "iiiiiiii", "synapses/lanes"),
  row("wideLanes", "iiiiiii", "synapses/lanes"),
  row("sparseLanes_u8", "iiiiiii", "synapses/lanes", "sparseLanes<u8>"),
  row("sparseLanes_u16", "iiiiiii", "synapses/lanes", "sparseLanes<u16>"),
  row("izhikevichMillisecond", "iiiiiiiiiiii", "neurons/izhikevich-millisecond"),
  row("sparseShared_u8", "iiiiiiiiii", "synapses/sparse-shared", "sparseShared<u8>"),
  row("sparseShared_u16", "iiiiiiiiii", "synapses/sparse-shared", "sparseShared<u16>"),
  row("storeBits", "iiiiiii", "synapses/delay"),
  row("recallBits", "iiiiii", "synapses/delay"),
];

const byEntry = new Map(
  NATIVE_KERNELS.map((kernel) => [`${kernel.file} ${kernel.entry}`, kernel] as const),
);

/** The row of a kernel of assembly/; undefined where boards have none of their own. */
export const nativeKernelOf = (call: {
  readonly file: string;
  readonly entry: string;
}): NativeKernel | undefined => byEntry.get(`${call.file} ${call.entry}`);

const byName = new Map(NATIVE_KERNELS.map((kernel, k) => [kernel.name, { kernel, number: k }]));

/** By the name of an export; undefined for one of a later version. */
export const nativeKernel = (
  exported: string,
): { readonly kernel: NativeKernel; readonly number: number } | undefined =>
  exported.startsWith(KERNEL_PREFIX) ? byName.get(exported.slice(KERNEL_PREFIX.length)) : undefined;

const TYPES: Readonly<Record<string, string>> = { i: "i32", I: "i64" };

/** As checks of modules write it: "(i32, i64) → ". */
export const kernelSignature = ({ parameters }: NativeKernel): string =>
  `(${[...parameters].map((letter) => TYPES[letter]).join(", ")}) → `;
