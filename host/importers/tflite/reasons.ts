/** Operators that are refused for a reason of their own: what TensorFlow Lite has of them, and what to write instead. */

type Reason = readonly [expected: string, remedy: string];

const SIGNED_NETWORK = "Convert the network to int8 (TFLITE_BUILTINS_INT8).";

/** By the name under which the importer meets them; networks of uint8 give theirs in unsigned.ts. */
export const REASONS: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  // tensorflow/lite/micro/kernels/neg.cc has float32 alone, tensorflow/lite/kernels/neg.cc also int32 and int64
  [
    "NEG",
    [
      "another operator: neither TensorFlow Lite Micro nor TensorFlow Lite negates quantised numbers",
      "Write a product with −1 or a difference from 0: MUL and SUB are supported.",
    ],
  ],
  // QuantizedMeanOrSum() of kernels/internal/reference/reduce.h
  [
    "SUM of uint8",
    [
      "int8: TensorFlow Lite rescales sums of uint8 in float32, and lets what leaves a byte wrap around",
      SIGNED_NETWORK,
    ],
  ],
  // IsAbsSupportedType() of kernels/elementwise.cc
  ["ABS of uint8", ["int8: TensorFlow Lite has no ABS of uint8", SIGNED_NETWORK]],
  // CheckNonZero() of kernels/div.cc looks at bytes, and not at what they stand for; DivElementwise() of
  // kernels/internal/reference/div.h: for a dividend of 0 and for small quotients its shifts leave the 32 bits
  [
    "DIV of uint8",
    [
      "int8: TensorFlow Lite takes a byte of 0 for a divisor of 0, whatever number it stands for, gives one step more than 0 for 0 / x, and saturates small quotients, whose shifts leave 32 bits",
      SIGNED_NETWORK,
    ],
  ],
]);
