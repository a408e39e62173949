/**
 * The compile-time constants of the SIMD kernels. This file is what editors and type checks see; the compiler serves
 * another one for every distinct shape (host/compiler/emit.ts), in which each kernel finds the constants it asks for.
 */

/** Input height, width, channels. */
export const H: i32 = 1;
export const W: i32 = 1;
export const C: i32 = 8;
/** Output height, width, channels. */
export const OUT_H: i32 = 1;
export const OUT_W: i32 = 1;
export const N: i32 = 8;
/** Filter height and width. */
export const KH: i32 = 1;
export const KW: i32 = 1;
export const STRIDE_H: i32 = 1;
export const STRIDE_W: i32 = 1;
export const DILATION_H: i32 = 1;
export const DILATION_W: i32 = 1;
/** Padding before the first row and column. */
export const PAD_TOP: i32 = 0;
export const PAD_LEFT: i32 = 0;
/** Zero point of the input: the value of taps outside the image. */
export const ZERO_POINT: i32 = 0;
/** Output positions per pass of CONV_2D, 1 to 4. */
export const PIXELS: i32 = 4;
/** 1: patches are the input's own positions, and C is a multiple of 4. */
export const POINTWISE: i32 = 0;
/** Taps of a patch, KH·KW·C or a row of FULLY_CONNECTED, rounded up to a multiple of 4. */
export const K4: i32 = 8;
/** Distance of staged patches: K4 values. */
export const ROW_BYTES: i32 = 16;
/** 1: patches are widened to i16 for dot products (x64); 0: they stay bytes for extended and for relaxed products. */
export const WIDE: i32 = 1;
/** 1: bytes are staged as x + 128, for relaxed products that take them as unsigned. */
export const FLIP: i32 = 0;

/** FULLY_CONNECTED: rows of the input. Their length, or taps of a patch; −z_w for weights with a zero point. */
export const ROWS: i32 = 1;
export const K: i32 = 8;
export const WEIGHT_OFFSET: i32 = 0;

/** The output stage, see requantize.simd.ts. */
export const SHIFT: i32 = 8;
export const SCALED: i32 = 1;
export const BRACKET: i32 = 0;
export const OUT_ZERO_POINT: i32 = 0;
/** Bytes of one block of eight channels. */
export const BLOCK_BYTES: i32 = 128;
/** Clamp of the fused activation. */
export const LOW: i32 = -128;
export const HIGH: i32 = 127;

/**
 * DEPTHWISE_CONV_2D, which walks along lines of the image: its rows, or its columns. Lines and positions of the input,
 * and how many bytes they lie apart.
 */
export const LINES: i32 = 1;
export const LINE_STEP: i32 = 8;
export const LENGTH: i32 = 1;
export const STEP: i32 = 8;
export const OUT_LINES: i32 = 1;
export const OUT_LINE_STEP: i32 = 8;
export const OUT_LENGTH: i32 = 1;
export const OUT_STEP: i32 = 8;
/** Taps across lines, and pairs of taps along one. */
export const K_LINES: i32 = 1;
export const PAIRS: i32 = 1;
export const STRIDE_LINES: i32 = 1;
export const STRIDE_ALONG: i32 = 1;
export const DILATION_LINES: i32 = 1;
export const DILATION_ALONG: i32 = 1;
export const PAD_LINES: i32 = 0;
export const PAD_ALONG: i32 = 0;
export const MULTIPLIER: i32 = 1;
/** Lines of the ring, staged positions of a line, and how many positions of the input those lie apart. */
export const RING: i32 = 1;
export const STAGED: i32 = 4;
export const GRAIN: i32 = 1;
/** Bytes between the staged taps of neighbouring outputs, and between pairs of taps. */
export const POSITION_STEP: i32 = 32;
export const PAIR_STEP: i32 = 64;
/** Output lines per pass of the relaxed 3×3 kernel: 2 with stride 1 across lines. */
export const LINES_AT_ONCE: i32 = 1;
/** Bytes of the prepared weights of one block. */
export const WEIGHT_BYTES: i32 = 384;
