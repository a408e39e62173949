/** Inputs and outputs of a module for C: numbers of their shapes, and functions between real values and the module's bytes. */
import { elements } from "../model/graph.ts";
import { ELEMENT_BYTES, type ManifestTensor } from "../module/manifest.ts";
import { cNumber, inComment } from "./c-text.ts";

const C_TYPE = { i8: "int8_t", u8: "uint8_t", i16: "int16_t", i32: "int32_t" } as const;
const LEAST = { i8: -128, u8: 0, i16: -32_768, i32: -2_147_483_648 } as const;
const MOST = { i8: 127, u8: 255, i16: 32_767, i32: 2_147_483_647 } as const;

/** Which side of the module, and where in its bytes a tensor begins: they lie back to back. */
export type Side = "input" | "output";

/** Bytes of all of them. */
export const sideBytes = (tensors: readonly ManifestTensor[]): number =>
  tensors.reduce((sum, { shape, dtype }) => sum + elements(shape) * ELEMENT_BYTES[dtype], 0);

/** `input`, or `input0`, `input1` where there are several. */
const named = (side: Side, k: number, of: number): string => (of === 1 ? side : `${side}${k}`);

/** Lines of a header. @param prefix of every name, in lower case */
export function tensorLines(
  prefix: string,
  side: Side,
  tensors: readonly ManifestTensor[],
): string[] {
  let offset = 0;
  return tensors.flatMap((tensor, k) => {
    const name = `${prefix}_${named(side, k, tensors.length)}`;
    const lines = oneTensor(name, side, tensor, offset);
    offset += sideBytes([tensor]);
    return lines;
  });
}

function oneTensor(name: string, side: Side, tensor: ManifestTensor, offset: number): string[] {
  const { shape, dtype, edge, scale, zeroPoint } = tensor;
  const upper = name.toUpperCase();
  // a float32 edge divides in float32, as TFLite's QUANTIZE does; real values of others in double
  const real = edge === "f32" ? "float" : "double";
  const count = elements(shape);
  const define = (what: string, value: string | number) => `#define ${upper}_${what} ${value}`;
  return [
    `// ${described(side, tensor)}`,
    define("OFFSET", `${offset}u`),
    define("ELEMENTS", `${count}u`),
    define("DIMENSIONS", `${shape.length}u`),
    ...shape.map((n, k) => define(`DIMENSION_${k}`, `${n}u`)),
    define("SCALE", cNumber(scale, real)),
    define("ZERO_POINT", zeroPoint),
    ...(tensor.sampleRateHz === undefined ? [] : sampleLines(define, tensor)),
    "",
    ...(side === "input"
      ? setter(name, upper, C_TYPE[dtype], real, dtype)
      : getter(name, upper, C_TYPE[dtype], real)),
    "",
  ];
}

const sampleLines = (
  define: (what: string, value: string | number) => string,
  { sampleRateHz = 0, hop = 0, channels = 0 }: ManifestTensor,
): string[] => [
  define("SAMPLE_RATE_HZ", cNumber(sampleRateHz, "float")),
  define("HOP", `${hop}u`),
  define("CHANNELS", `${channels}u`),
];

function described(side: Side, tensor: ManifestTensor): string {
  const { name, shape, dtype, edge, sampleRateHz, unit } = tensor;
  const kind = edge === "spike" ? "counts of spikes" : C_TYPE[dtype].replace("_t", "");
  const samples = sampleRateHz === undefined ? "" : `, samples at ${sampleRateHz} Hz`;
  const of = unit ? ` in ${unit}` : "";
  const shaped = shape.join(" x ");
  return inComment(`The ${side} "${name}": ${kind}, ${shaped}${samples}${of}.`);
}

/** Nearest, ties away from zero, held inside the type: as the computer does (host/files/tensor-values.ts). */
const setter = (
  name: string,
  upper: string,
  type: string,
  real: string,
  dtype: keyof typeof LEAST,
): string[] => [
  "// Puts a real value at place k of it. `bytes`: all of the module's input.",
  `static inline void ${name}_set(uint8_t *bytes, uint32_t k, ${real} value) {`,
  `    const ${real} least = (${real})${LEAST[dtype]} - ${upper}_ZERO_POINT, most = (${real})${MOST[dtype]} - ${upper}_ZERO_POINT;`,
  `    ${real} q = value / ${upper}_SCALE;`,
  "    q = q > least ? q : least; // not a number is the least",
  "    q = q < most ? q : most;",
  "    int32_t n = (int32_t)q;",
  `    n += q - (${real})n >= (${real})0.5 ? 1 : q - (${real})n <= (${real})-0.5 ? -1 : 0;`,
  `    ${type} element = (${type})(n + ${upper}_ZERO_POINT);`,
  `    memcpy(bytes + ${upper}_OFFSET + k * sizeof element, &element, sizeof element);`,
  "}",
];

const getter = (name: string, upper: string, type: string, real: string): string[] => [
  "// The real value at place k of it. `bytes`: all of the module's output.",
  `static inline ${real} ${name}_get(const uint8_t *bytes, uint32_t k) {`,
  `    ${type} element;`,
  `    memcpy(&element, bytes + ${upper}_OFFSET + k * sizeof element, sizeof element);`,
  `    return ${upper}_SCALE * ((${real})element - ${upper}_ZERO_POINT);`,
  "}",
];
