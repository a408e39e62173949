/** The board's validator as a program (tests/firmware/programs/check.c). */
import { expect } from "vitest";
import { type Written, writtenModule } from "./firmware-modules.ts";
import { ask, coreFiles, lineProgram } from "./firmware-program.ts";

export const MODEL = -1;
export const ARENA = -2;
export const ABI = -8;

export type Verdict = { readonly error: number; readonly why: string };
export const FINE: Verdict = { error: 0, why: "-" };

const program = lineProgram("check", coreFiles(/^tw_check/));

/** @param room bytes that the check may work in; plenty unless given */
export function check(modules: readonly Uint8Array[], room?: number): Verdict[] {
  const lines = modules.map((wasm) => {
    const hex = Buffer.from(wasm).toString("hex") || "-";
    return `check ${hex}${room === undefined ? "" : ` ${room}`}`;
  });
  return ask(program(), lines).map((answer) => {
    const [error, ...words] = answer.split(" ");
    return { error: Number(error), why: words.join(" ") };
  });
}

export const checkOne = (what: Written): Verdict | undefined => check([writtenModule(what)])[0];

/** One bound of the check: a module that just keeps it, and one that just does not. */
export type Bound = {
  readonly name: string;
  readonly inside?: Uint8Array;
  readonly outside: Uint8Array;
  /** what the module outside is refused with */
  readonly why: string;
  /** MODEL unless given */
  readonly error?: number;
  /** the bound is the board's: WebAssembly has none here, or a later one */
  readonly ours?: boolean;
};

export const valid = (wasm: Uint8Array): boolean => WebAssembly.validate(wasm as BufferSource);

/** V8 agrees wherever the bound is WebAssembly's; the check says which bound it was. */
export function expectBounds(bounds: readonly Bound[]): void {
  const inside = bounds.flatMap(({ name, inside }) => (inside ? [{ name, wasm: inside }] : []));
  expect(inside.filter(({ wasm }) => !valid(wasm)).map(({ name }) => name)).toEqual([]);
  expect(
    bounds.filter(({ ours, outside }) => !ours && valid(outside)).map(({ name }) => name),
  ).toEqual([]);
  const kept = check(inside.map(({ wasm }) => wasm));
  expect(inside.map(({ name }, k) => ({ name, ...kept[k] }))).toEqual(
    inside.map(({ name }) => ({ name, ...FINE })),
  );
  const broken = check(bounds.map(({ outside }) => outside));
  expect(bounds.map(({ name }, k) => ({ name, ...broken[k] }))).toEqual(
    bounds.map(({ name, why, error = MODEL }) => ({ name, error, why })),
  );
}

/** Code of step on each side of a bound. */
export const stepBound = (
  name: string,
  inside: readonly number[] | null,
  outside: readonly number[],
  why: string,
  rest: Omit<Written, "step"> & { readonly ours?: boolean } = {},
): Bound => {
  const { ours = false, ...written } = rest;
  return {
    ...{ name, why, ours, outside: writtenModule({ ...written, step: outside }) },
    ...(inside ? { inside: writtenModule({ ...written, step: inside }) } : {}),
  };
};
