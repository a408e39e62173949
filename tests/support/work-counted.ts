/**
 * How much work a piece of code does, counted and not timed: how often each block of the program's own sources runs, by
 * V8's precise coverage, and over how many elements the engine's own loops go, which coverage does not see. Exact only
 * where nothing is optimised and what is counted was not loaded before (counted-compile.ts).
 */
import { Session } from "node:inspector";

/** By place in the sources how often; by built-in function over how many elements. */
export type Work = Readonly<Record<string, number>>;

type Coverage = {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
};

/** Of arrays and typed arrays: those that look at every element without calling back. */
const LOOPS = [
  "includes",
  "indexOf",
  "lastIndexOf",
  "slice",
  "concat",
  "join",
  "fill",
  "reverse",
] as const;
const MORE = ["set", "splice", "shift", "unshift", "flat"] as const;

/** @param own which scripts count, by address */
export async function workOf(own: RegExp, work: () => Promise<unknown>): Promise<Work> {
  const session = new Session();
  session.connect();
  const post = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      session.post(method, params, (error: Error | null, result: unknown) =>
        error ? reject(error) : resolve(result as T),
      );
    });
  const elements = new Map<string, number>();
  const restore = countLoops(elements);
  try {
    await post("Profiler.enable");
    await post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    await work();
    restore();
    const { result } = await post<Coverage>("Profiler.takePreciseCoverage");
    const counts = new Map(elements);
    for (const { url, functions } of result.filter((script) => own.test(script.url))) {
      for (const { functionName, ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const file = url.replace(/^.*\/(?=host\/|node_modules\/)/, "");
          const place = `${file}:${startOffset}-${endOffset} ${functionName}`;
          counts.set(place, (counts.get(place) ?? 0) + count);
        }
      }
    }
    return Object.fromEntries(counts);
  } finally {
    restore();
    await post("Profiler.stopPreciseCoverage");
    session.disconnect();
  }
}

type Built = (this: { readonly length: number }, ...args: unknown[]) => unknown;

type List = { readonly length: number };

/** Elements that one call looks at or moves. */
function goneOver(
  key: string | symbol,
  list: List,
  args: readonly unknown[],
  result: unknown,
): number {
  if (key === "slice") return (result as List).length;
  return key === "set" ? ((args[0] as Partial<List>).length ?? 0) : list.length;
}

function countLoops(elements: Map<string, number>): () => void {
  const typed = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const undo: (() => void)[] = [];
  for (const [name, prototype] of [
    ["Array", Array.prototype],
    ["TypedArray", typed],
  ] as const) {
    for (const key of [...LOOPS, ...MORE, Symbol.iterator]) {
      const found = Object.getOwnPropertyDescriptor(prototype, key);
      if (typeof found?.value !== "function") continue;
      const original = found.value as Built;
      const label = `${name}.${String(key)}`;
      const counted: Built = function (...args) {
        const result = original.apply(this, args);
        elements.set(label, (elements.get(label) ?? 0) + goneOver(key, this, args, result));
        return result;
      };
      Object.defineProperty(prototype, key, { ...found, value: counted });
      undo.push(() => Object.defineProperty(prototype, key, found));
    }
  }
  return () => {
    for (const one of undo.splice(0)) one();
  };
}
