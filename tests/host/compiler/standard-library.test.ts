import { expect, test } from "vitest";
import { declarations, libraryFor } from "../../../host/compiler/standard-library.ts";

const LIBRARY = `import { a } from "./a";

// @ts-ignore: decorator
@builtin
export declare function load<T>(ptr: usize): T;

export declare function store<T>(ptr: usize): T;

export namespace i32 {

  // @ts-ignore: decorator
  @builtin
  export declare function load(ptr: usize): i32;

  @inline
  export function parse(value: string): i32 {
    return a(value);
  }

  export namespace atomic {
    export declare function load(ptr: usize): i32;
  }
}

@final
export abstract class i31 {
}
`;

test("only what is named stays, with its decorators; of namespaces, the members that are named", () => {
  expect(declarations(LIBRARY, new Set(["load", "i32", "atomic"]))).toBe(`// @ts-ignore: decorator
@builtin
export declare function load<T>(ptr: usize): T;
export namespace i32 {

  // @ts-ignore: decorator
  @builtin
  export declare function load(ptr: usize): i32;
}`);
});

test("a namespace that is not named goes with its members", () => {
  expect(declarations(LIBRARY, new Set(["load"]))).not.toContain("i32 {");
});

test("a program gets the builtins it calls, from asc's own text", () => {
  const [foundation, builtins] = libraryFor(["i32x4.add(a, b); load<u8>(p)"]);
  expect(foundation?.text).toMatch(/^export class Object \{\}/);
  expect(builtins?.text).toMatch(/namespace i32x4 \{[^}]*function add\(/);
  expect(builtins?.text).toMatch(/function load</);
  expect(builtins?.text).not.toMatch(/function store|function sub|import/);
});
