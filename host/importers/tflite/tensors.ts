/** The tensors of the graph: taken over from the file when an operator first asks for them, and judged then. */
import { type Problem, problem } from "../../errors.ts";
import { elements, type Tensor } from "../../model/graph.ts";
import type { RawModel, RawTensor } from "./read.ts";

const MAX_RANK = 6;
/** A tensor of 64 MiB fits no target of this project. */
const MAX_ELEMENTS = 2 ** 26;

export class Tensors {
  readonly list: Tensor[] = [];
  readonly #raw: readonly RawTensor[];
  /** by role: a tensor that served as weights may still be wrong as a bias or along another axis */
  readonly #taken = new Map<string, number | null>();
  readonly #problems: Problem[];

  constructor(model: RawModel, problems: Problem[]) {
    this.#raw = model.tensors;
    this.#problems = problems;
  }

  raw(index: number): RawTensor | undefined {
    return this.#raw[index];
  }

  /** Index in the graph of an int8 tensor with one scale, or null after noting what is wrong with it (once). */
  activation(index: number): number | null {
    return this.#take(index, "activation", (raw) => this.#int8(raw, 1, "activation"));
  }

  /** Int8 weights: constant, one scale or one per channel along `axis`. */
  weights(index: number, axis: number): number | null {
    return this.#take(index, `weights ${axis}`, (raw) => {
      const tensor = this.#int8(raw, raw.shape[axis] ?? 1, "weights");
      if (tensor !== null && raw.data === null) {
        const [got, expected] = ["weights that are computed", "constant weights"];
        return this.#refuse(raw, "MODEL_QUANT", got, expected);
      }
      if (tensor !== null && raw.scales.length > 1 && raw.axis !== axis) {
        const got = `scales along axis ${raw.axis}`;
        return this.#refuse(raw, "MODEL_QUANT", got, `along axis ${axis}`);
      }
      return tensor;
    });
  }

  /** An int32 bias of `channels` values; zeros where the operator has none. */
  bias(index: number, channels: number, layer: string): number | null {
    if (index === -1) {
      const data = new Uint8Array(4 * channels);
      return this.#add({ ...EMPTY, name: `${layer}/bias`, shape: [channels], data });
    }
    return this.#take(index, `bias ${channels}`, (raw) => {
      const constant = raw.trouble === null && raw.data !== null;
      if (raw.type !== "int32" || !constant || raw.data.length !== 4 * channels) {
        const got = `${raw.type} [${raw.shape}]${constant ? "" : `, ${raw.trouble ?? "computed"}`}`;
        return this.#refuse(raw, "MODEL_QUANT", got, `constant int32 [${channels}]`);
      }
      return { ...EMPTY, name: raw.name, shape: [channels], data: raw.data };
    });
  }

  /** Values of a constant int32 or int64 tensor (axes, paddings), or null. */
  integers(index: number): readonly number[] | null {
    const raw = this.#raw[index];
    if (raw?.data == null || raw.data.length > 1024) return null;
    const view = new DataView(raw.data.buffer, raw.data.byteOffset, raw.data.byteLength);
    if (raw.type === "int32") {
      return Array.from({ length: raw.data.length >> 2 }, (_, k) => view.getInt32(4 * k, true));
    }
    if (raw.type === "int64") {
      return Array.from({ length: raw.data.length >> 3 }, (_, k) =>
        Number(view.getBigInt64(8 * k, true)),
      );
    }
    return null;
  }

  #add(tensor: Tensor): number {
    this.list.push(tensor);
    return this.list.length - 1;
  }

  #take(index: number, role: string, judge: (raw: RawTensor) => Tensor | null): number | null {
    const key = `${index} ${role}`;
    const known = this.#taken.get(key);
    if (known !== undefined) return known;
    const raw = this.#raw[index];
    if (raw === undefined) throw new RangeError(`no tensor ${index} in the file`);
    const tensor = judge(raw);
    const taken = tensor && this.#add(tensor);
    this.#taken.set(key, taken);
    return taken;
  }

  #refuse(
    raw: RawTensor,
    code: Problem["code"],
    got: string,
    expected: string,
    remedy?: string,
  ): null {
    this.#problems.push(problem(code, `tensor ${raw.name}`, got, expected, remedy));
    return null;
  }

  #int8(raw: RawTensor, channels: number, role: string): Tensor | null {
    if (raw.trouble) return this.#refuse(raw, "MODEL_QUANT", raw.trouble, "a plain tensor");
    if (raw.type !== "int8") {
      const got = `${raw.type} ${role}`;
      return this.#refuse(raw, "MODEL_QUANT", got, `int8 ${role}`, REMEDIES[raw.type]);
    }
    if (raw.dynamic) return this.#refuse(raw, "MODEL_SHAPE", "a dynamic shape", "a static shape");
    const size = elements(raw.shape);
    const sane =
      raw.shape.every((d) => d >= 1) && size <= MAX_ELEMENTS && raw.shape.length <= MAX_RANK;
    if (!sane) {
      return this.#refuse(
        raw,
        "MODEL_SHAPE",
        `shape [${raw.shape}]`,
        "positive dimensions, at most 2^26 elements",
      );
    }
    if (raw.data !== null && raw.data.length !== size) {
      return this.#refuse(
        raw,
        "MODEL_FORMAT",
        `${raw.data.length} bytes`,
        `${size} for shape [${raw.shape}]`,
      );
    }
    const { scales, zeroPoints } = raw;
    if (scales.length === 0)
      return this.#refuse(raw, "MODEL_QUANT", "no quantisation", "a scale and a zero point");
    if ((scales.length !== 1 && scales.length !== channels) || zeroPoints.length > scales.length) {
      const got = `${scales.length} scales, ${zeroPoints.length} zero points`;
      return this.#refuse(raw, "MODEL_QUANT", got, channels === 1 ? "one" : `one or ${channels}`);
    }
    const badScale = scales.find((s) => !(s > 0 && Number.isFinite(s)));
    if (badScale !== undefined)
      return this.#refuse(raw, "MODEL_QUANT", `scale ${badScale}`, "a positive scale");
    const badZero = zeroPoints.find((z) => z < -128 || z > 127);
    if (badZero !== undefined)
      return this.#refuse(raw, "MODEL_QUANT", `zero point ${badZero}`, "−128 … 127");
    return {
      name: raw.name,
      shape: raw.shape,
      dtype: "i8",
      quantization: {
        scales,
        zeroPoints: scales.map((_, k) => zeroPoints[k] ?? zeroPoints[0] ?? 0),
        axis: raw.axis,
      },
      data: raw.data,
    };
  }
}

/** What to change in the converter's settings for the types that other quantisation schemes leave. */
const REMEDIES: Readonly<Record<string, string>> = {
  uint8: "Set inference_input_type and inference_output_type to int8 and quantise to int8.",
  int16: "Quantise activations to int8 (TFLITE_BUILTINS_INT8), not to 16x8.",
  int4: "Quantise weights to int8.",
};

const EMPTY = {
  dtype: "i32" as const,
  quantization: { scales: [1], zeroPoints: [0], axis: 0 },
};
