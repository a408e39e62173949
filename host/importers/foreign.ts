/** Files that people give in place of a model: named as what they are, with what to do. */
import { problem, TwentyWattError } from "../errors.ts";

type Foreign = {
  readonly what: string;
  readonly is: (bytes: Uint8Array) => boolean;
  readonly remedy: string;
};

const latin = new TextDecoder("latin1");
const beginning = (bytes: Uint8Array, length: number): string =>
  latin.decode(bytes.subarray(0, length));
const starts =
  (...first: readonly number[]) =>
  (bytes: Uint8Array): boolean =>
    first.every((byte, k) => bytes[k] === byte);
const holds = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(text, 0, "latin1");

const CONVERT =
  "Convert it with tf.lite.TFLiteConverter, with a representative dataset and int8 inputs and outputs.";

const isZip = starts(0x50, 0x4b, 0x03, 0x04);

/** The first that fits is the answer. */
const FOREIGN: readonly Foreign[] = [
  {
    what: "a Git LFS pointer, not the file it stands for",
    is: (bytes) => beginning(bytes, 40).startsWith("version https://git-lfs.github.com/"),
    remedy: "Fetch the file with `git lfs pull`, or download it from the repository's page.",
  },
  {
    what: "an HTML page, as a failed download leaves it",
    is: (bytes) => /^\W{0,3}\s*<(!doctype html|html|head|!--)/i.test(beginning(bytes, 256)),
    remedy: "Download the file itself: on GitHub that is the Raw button, with curl the option -fL.",
  },
  {
    what: "a Keras model (.keras)",
    is: (bytes) => isZip(bytes) && holds(bytes, "model.weights.h5"),
    remedy: CONVERT,
  },
  {
    what: "a PyTorch file",
    is: (bytes) => isZip(bytes) && holds(bytes, "data.pkl"),
    remedy: "Export it to an int8 .tflite file, with ai-edge-torch for example.",
  },
  {
    what: "a zip archive",
    is: isZip,
    remedy: "Unpack it, and give the model that is in it.",
  },
  {
    what: "a file packed with gzip",
    is: starts(0x1f, 0x8b),
    remedy: "Unpack it with gunzip or tar, and give the model that is in it.",
  },
  {
    what: "an ONNX model",
    is: isOnnx,
    remedy: "Convert it to an int8 .tflite file, with onnx2tf for example.",
  },
  {
    what: "a TensorFlow SavedModel",
    is: (bytes) => holds(bytes, "saved_model_main_op") || holds(bytes, "__saved_model_init_op"),
    remedy: CONVERT,
  },
];

/** What to say of these bytes, or null where nobody knows them. */
export function foreignFile(bytes: Uint8Array, name: string): TwentyWattError | null {
  const found = FOREIGN.find(({ is }) => is(bytes));
  return found === undefined ? null : refusal(name, found.what, found.remedy);
}

/** Keras's older files are HDF5, as .nir files are: said where no NIR network was found in one. */
export function kerasFile(bytes: Uint8Array, name: string): TwentyWattError | null {
  if (!holds(bytes, "keras_version") && !holds(bytes, "model_weights")) return null;
  return refusal(name, "a Keras model (HDF5)", CONVERT);
}

const refusal = (name: string, what: string, remedy: string): TwentyWattError =>
  new TwentyWattError(problem("MODEL_FORMAT", name, what, "a model file", remedy));

const [IR_VERSION, GRAPH, LAST_FIELD] = [1, 7, 25] as const;
/** Fields of a ModelProto that are walked: a damaged file of another kind soon has an impossible one. */
const MOST_FIELDS = 4096;

/**
 * Protocol buffers have no mark of their own: an ONNX file is a chain of fields that ends with the file, begins with the
 * version of the representation, and has a graph.
 */
function isOnnx(bytes: Uint8Array): boolean {
  let at = 0;
  let [version, graph] = [false, false];
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      if (at === bytes.length) break;
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  for (let k = 0; k < MOST_FIELDS && at < bytes.length; k++) {
    const key = varint();
    const [field, type] = [Math.floor(key / 8), key % 8];
    if (!(field >= 1 && field <= LAST_FIELD) || (type !== 0 && type !== 2)) return false;
    const value = varint();
    if (Number.isNaN(value)) return false;
    if (type === 2) at += value;
    if (field === IR_VERSION && type === 0) version = value >= 1 && value < 100;
    if (field === GRAPH && type === 2) graph = true;
  }
  return at === bytes.length && version && graph;
}
