/**
 * What of a network's inside can be watched, from the manifest alone: NODE.spikes, NODE.v, and NODE.i, the current that
 * its synapses bring; with several kinds of synapses also each by its name, and what neurons keep beside v, as NODE.w.
 */
import { type Problem, problem } from "../errors.ts";
import { at } from "../model/at.ts";
import type { MemoryEntry } from "../module/manifest.ts";
import { BESIDE_POTENTIAL } from "../spiking/kinds/index.ts";

export type Observable = {
  readonly node: string;
  readonly what: string;
  /** events: u8 counts per neuron. values: their sum, neuron by neuron, in the file's units */
  readonly form: "events" | "values";
  readonly entries: readonly MemoryEntry[];
  /** of the network's steps in one of the module's, each of which the entries hold, one after another; else the last */
  readonly steps?: number;
};

/** How numbers of an entry stand in its bytes: i32 where it says nothing else. */
const NUMBERS = {
  u8: { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) },
  i16: { bytes: 2, read: (view: DataView, at: number) => view.getInt16(at, true) },
  u16: { bytes: 2, read: (view: DataView, at: number) => view.getUint16(at, true) },
  i32: { bytes: 4, read: (view: DataView, at: number) => view.getInt32(at, true) },
} as const;

export const elementBytes = ({ dtype = "i32" }: MemoryEntry): number => NUMBERS[dtype].bytes;

/** The numbers in bytes of an entry, in the file's units. */
export function numbersOf(entry: MemoryEntry, bytes: Uint8Array): Float64Array {
  const { dtype = "i32", scale = 1, zeroPoint = 0 } = entry;
  const { bytes: width, read } = NUMBERS[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(bytes.length / width);
  for (let k = 0; k < numbers.length; k++) {
    numbers[k] = scale * (read(view, width * k) - zeroPoint);
  }
  return numbers;
}

/** State that is no synaptic current. */
const NO_CURRENT: ReadonlySet<string> = new Set([
  ...["v", ...BESIDE_POTENTIAL],
  ...["refractory", "frozen", "events", "slot", "ring"],
]);

/** In the manifest's order, by full name. */
export function observables(all: readonly MemoryEntry[]): ReadonlyMap<string, Observable> {
  const memory = all.filter(({ kind }) => kind !== "trace");
  const found = new Map<string, Observable>();
  const add = (
    node: string,
    what: string,
    form: Observable["form"],
    entries: readonly MemoryEntry[],
  ) => found.set(`${node}.${what}`, { node, what, form, entries });
  for (const node of nodesOf(memory)) {
    const own = memory.flatMap((entry) => {
      const what = entry.name.startsWith(`${node}.`) ? entry.name.slice(node.length + 1) : "";
      return what === "" || what.includes(".") ? [] : [{ what, entry }];
    });
    const named = (name: string) => own.find(({ what }) => what === name)?.entry;
    const [spikes, v] = [named("spikes"), named("v")];
    if (spikes) add(node, "spikes", "events", [spikes]);
    if (v) add(node, "v", "values", [v]);
    const likeIts = ({ kind, dtype, shape }: MemoryEntry): boolean =>
      kind === "state" && dtype === "i32" && `${shape}` === `${(v ?? spikes)?.shape}`;
    for (const what of BESIDE_POTENTIAL) {
      const entry = named(what);
      if (entry && likeIts(entry)) add(node, what, "values", [entry]);
    }
    const currents = own.filter(({ what, entry }) => !NO_CURRENT.has(what) && likeIts(entry));
    if (currents.length === 0) continue;
    const several = currents.length > 1;
    add(
      node,
      "i",
      "values",
      currents.map(({ entry }) => entry),
    );
    if (several) for (const { what, entry } of currents) add(node, what, "values", [entry]);
  }
  return found;
}

/** The same of every step inside of a hop, in a module that was compiled to keep it. */
export function everyStep(observable: Observable, memory: readonly MemoryEntry[]): Observable {
  const kept = memory.filter(({ kind }) => kind === "trace");
  const entries = observable.entries.map(({ name }) => {
    const found = kept.find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`${name} is not kept`);
    return found;
  });
  return { ...observable, entries, steps: at(at(entries, 0).shape ?? [], 0) };
}

function nodesOf(memory: readonly MemoryEntry[]): ReadonlySet<string> {
  const nodes = new Set<string>();
  for (const { name, kind } of memory) {
    const [, node, what] = /^(.*)\.([^.]*)$/s.exec(name) ?? [];
    const shown = (what === "v" && kind === "state") || (what === "spikes" && kind !== "input");
    if (node !== undefined && shown) nodes.add(node);
  }
  return nodes;
}

export type Request = { readonly path: string; readonly observable: Observable };

/** `NODE.what=FILE`, where a name may hold dots and equal signs. Adds a problem for what there is not. */
export function parseRequest(
  text: string,
  known: ReadonlyMap<string, Observable>,
  problems: Problem[],
): Request | null {
  const wrong = (got: string, expected: string, remedy?: string): null => {
    problems.push(problem("USAGE", "--record", got, expected, remedy));
    return null;
  };
  if (!/.=./s.test(text)) return wrong(text, "NODE.spikes=FILE, NODE.v=FILE or NODE.i=FILE");
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) {
    const observable = known.get(text.slice(0, at));
    const path = text.slice(at + 1);
    if (!observable || path === "") continue;
    const form = anotherForm(path, observable);
    return form === null
      ? { path, observable }
      : wrong(`${text}, ${form.got}`, form.expected, form.remedy);
  }
  const name = text.slice(0, text.indexOf("="));
  const expected =
    known.size === 0 ? "nothing: this network shows none" : listed([...known.keys()]);
  return wrong(
    name,
    expected,
    "Take one of the names above; `twentywatt inspect` lists the nodes.",
  );
}

/** What files of another form end in; an end that says nothing, such as .txt, is the user's own. */
const OTHERS: Readonly<Record<Observable["form"], RegExp>> = {
  events: /(?<=[^/])\.(?:bin|npy|json|wasm|svg|rec|wav)$/i,
  values: /(?<=[^/])\.(?:events\.csv|bin|npy|json|wasm|svg|rec|wav)$/i,
};

/** A name that ends as the files of another format do would lie about what is in it. */
function anotherForm(path: string, { form, node, what }: Observable) {
  const [extension] = OTHERS[form].exec(path) ?? [];
  const own = form === "events" ? ".events.csv" : ".csv";
  if (extension === undefined) return null;
  return {
    got: `a name that ends in ${extension}`,
    expected:
      form === "events"
        ? "one that ends in .events.csv: step,index,count"
        : "one that ends in .csv: a line of values for each step",
    remedy: `Write --record ${node}.${what}=FILE${own}.`,
  };
}

const MOST_NAMES = 60;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return `one of ${shown}${more > 0 ? `, … and ${more} more` : ""}`;
}
