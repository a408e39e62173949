import { append, closeEvents, EVENT_BYTES, EVENTS, eventsEnd } from "../fixed/event-list";

/**
 * SumPool2d and AvgPool2d on events: counts of the source's events in every window. The 1/k of the average is in the
 * weights behind it.
 *
 * @param source events of [channels, height, width]
 * @param window i32[10]: height and width in, height and width out, kernel, stride, padding (two each)
 * @param counts i32[n], scratch
 * @param bytes  u8[n], 0 before the call: counts, held at 255
 */
export function pool(
  source: usize,
  window: usize,
  counts: usize,
  bytes: usize,
  events: usize,
  n: i32,
): void {
  const last = eventsEnd(source);
  if (last === source + EVENTS) return;
  for (let c = counts, end = counts + (usize(n) << 2); c < end; c += 4) store<i32>(c, 0);
  const height = load<i32>(window);
  const width = load<i32>(window, 4);
  const outHeight = load<i32>(window, 8);
  const outWidth = load<i32>(window, 12);
  for (let e = source + EVENTS; e < last; e += EVENT_BYTES) {
    const index = load<i32>(e);
    const value = load<i32>(e, 4);
    const channel = index / (height * width);
    const y = ((index / width) % height) + load<i32>(window, 32);
    const x = (index % width) + load<i32>(window, 36);
    const strideH = load<i32>(window, 24);
    const strideW = load<i32>(window, 28);
    const toY = min(y / strideH, outHeight - 1);
    const toX = min(x / strideW, outWidth - 1);
    for (let oy = firstWindow(y, load<i32>(window, 16), strideH); oy <= toY; ++oy) {
      for (let ox = firstWindow(x, load<i32>(window, 20), strideW); ox <= toX; ++ox) {
        const c = counts + (usize((channel * outHeight + oy) * outWidth + ox) << 2);
        store<i32>(c, load<i32>(c) + value);
      }
    }
  }
  let next = events + EVENTS;
  for (let k = 0; k < n; ++k) {
    const value = load<i32>(counts + (usize(k) << 2));
    if (value === 0) continue;
    store<u8>(bytes + k, min(value, 255));
    next = append(next, k, value);
  }
  closeEvents(events, next);
}

/** The first window that reaches position `at`. */
function firstWindow(at: i32, kernel: i32, stride: i32): i32 {
  return at < kernel ? 0 : (at - kernel) / stride + 1;
}
