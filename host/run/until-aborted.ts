/** Ends where the signal aborts, even while a pipe is silent; what waits on the pipe then is left to itself. */
export async function* untilAborted<T>(
  from: AsyncGenerator<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  // a promise of its own for every wait: one for all would collect a reaction from each
  let wake = () => {};
  const abort = () => wake();
  signal.addEventListener("abort", abort, { once: true });
  let left = false;
  try {
    while (!signal.aborted) {
      const next = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        wake = () => resolve(null);
        from.next().then(resolve, reject);
      });
      left = next === null;
      if (next === null || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // a generator that still waits for its pipe would only answer when something comes
    if (!left) await from.return(undefined);
  }
}
