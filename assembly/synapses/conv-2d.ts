import { contribution } from "../fixed/contribution";
import { count, SYNAPTIC_EVENTS } from "../fixed/count";
import { EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";
import { slot } from "../fixed/ring";

/**
 * Conv1d (height 1) and Conv2d on events: every event adds its column of the kernel to the outputs it reaches.
 *
 * @param window  i32[14]: height and width in, height and width out, input channels per group, output channels per
 *                group, kernel, stride, padding, dilation (two each)
 * @param weights W[input channels][kernel height][kernel width][output channels per group], W: i8 or i16
 * @param shift   see fixed/contribution.ts; `values` is 1 where events carry values
 * @param ring    i32[slots][n], see fixed/ring.ts
 */
export function conv2d<W>(
  events: usize,
  window: usize,
  weights: usize,
  shift: i32,
  values: i32,
  ring: usize,
  position: usize,
  ahead: i32,
  slots: i32,
  n: i32,
  counters: usize,
): void {
  const width = load<i32>(window, 4);
  const plane = load<i32>(window) * width;
  const outHeight = load<i32>(window, 8);
  const outWidth = load<i32>(window, 12);
  const outputs = load<i32>(window, 20);
  const kernelH = load<i32>(window, 24);
  const kernelW = load<i32>(window, 28);
  const outPlane = usize(outHeight * outWidth) << 2;
  const target = slot(ring, position, ahead, slots, n);
  const last = eventsEnd(events);
  let met: i64 = 0;
  for (let e = events + EVENTS; e < last; e += EVENT_BYTES) {
    const index = load<i32>(e);
    const value = load<i32>(e, 4);
    const channel = index / plane;
    const y = (index / width) % load<i32>(window);
    const x = index % width;
    const group = target + usize((channel / load<i32>(window, 16)) * outputs) * outPlane;
    for (let ky = 0; ky < kernelH; ++ky) {
      const oy = step(y, ky, window, outHeight);
      if (oy < 0) continue;
      for (let kx = 0; kx < kernelW; ++kx) {
        const ox = step(x, kx, window + 4, outWidth);
        if (ox < 0) continue;
        const tap = ((channel * kernelH + ky) * kernelW + kx) * outputs;
        let w = weights + usize(tap) * sizeof<W>();
        let t = group + (usize(oy * outWidth + ox) << 2);
        for (const end = w + usize(outputs) * sizeof<W>(); w < end; w += sizeof<W>()) {
          const weight = i32(load<W>(w));
          store<i32>(t, load<i32>(t) + contribution(value, weight, shift, values));
          t += outPlane;
        }
        met += i64(outputs);
      }
    }
  }
  if (met) count(counters + SYNAPTIC_EVENTS, met);
}

/** The output position that sees input position `at` through tap k, or −1. `axis`: window, or window + 4 for x. */
function step(at: i32, k: i32, axis: usize, size: i32): i32 {
  const from = at + load<i32>(axis, 40) - k * load<i32>(axis, 48);
  const stride = load<i32>(axis, 32);
  if (from < 0 || from % stride !== 0) return -1;
  const position = from / stride;
  return position < size ? position : -1;
}
