/** The mutators themselves: what they change, and what they leave alone. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cMutants } from "./c.ts";
import { shuffled } from "./campaign.ts";
import { compilesIn } from "./compiles.ts";
import { filesOf, testFilesOf } from "./files.ts";
import { applied, lineOf, type Mutant } from "./mutant.ts";
import { SURVIVORS } from "./survivors.ts";
import { typescriptMutants } from "./typescript.ts";

const texts = (mutants: readonly Mutant[]): string[] => mutants.map(({ after }) => after);
const ofTypescript = (source: string): string[] => texts(typescriptMutants("a.ts", source));
const ofC = (source: string): string[] => texts(cMutants("a.c", source));

describe("TypeScript", () => {
  test("boundaries, signs, constants", () => {
    expect(ofTypescript("const a = b < 3;")).toEqual([
      "const a = b <= 3;",
      "const a = b >= 3;",
      "const a = b < 4;",
      "const a = b < 2;",
    ]);
    expect(ofTypescript("x += -y;")).toEqual([";", "x -= -y;", "x += y;"]);
    expect(ofTypescript("const a = 0;")).toEqual(["const a = 1;"]);
    expect(ofTypescript("const a = 0x10n;")).toEqual(["const a = 17n;"]);
    expect(ofTypescript("const a = 1.5;")).toEqual(["const a = 3;", "const a = 0.75;"]);
    expect(ofTypescript("k++;")).toEqual([";", "k--;"]);
  });

  test("conditions, each part of them too", () => {
    expect(ofTypescript("if (a && !b) c();")).toEqual([
      ...["if (true) c();", "if (false) c();"],
      ...["if (a || !b) c();", "if (true && !b) c();", "if (a && true) c();"],
      ...["if (a && b) c();", "if (a && !b) ;"],
    ]);
    expect(ofTypescript("const a = b ? c : d;")).toEqual([
      "const a = true ? c : d;",
      "const a = false ? c : d;",
    ]);
    expect(ofTypescript("while (a) b;")).toEqual(["while (false) b;", "while (a) ;"]);
  });

  test("calls", () => {
    expect(ofTypescript("const a = Math.round(b);")).toEqual(["const a = Math.floor(b);"]);
    expect(ofTypescript("const a = Math.abs(b);")).toEqual(["const a = (b);"]);
    expect(ofTypescript("const a = b.filter(c);")).toEqual(["const a = b;"]);
    expect(ofTypescript("const a = b.every(c);")).toEqual(["const a = b.some(c);"]);
  });

  test("statements that can go", () => {
    expect(ofTypescript("function f() { throw new Error(a + 1); }")).toEqual([
      "function f() { ; }",
    ]);
    expect(ofTypescript("for (;;) { break; }")).toEqual(["for (;;) { ; }"]);
  });

  test("no types, no words, no imports, no comments", () => {
    const source = `
      import { a } from "./1.ts";
      type T = 1 | 2;
      const b: 3 = c as 3;
      if (d) fail("CODE", \`\${e + 1}\`, "f < g"); // 1 + 1
    `;
    expect(ofTypescript(source)).toEqual([
      ...["true", "false"].map((x) => `if (${x}) fail("CODE", \`\${e + 1}\`, "f < g"); // 1 + 1`),
      "if (d) ; // 1 + 1",
    ]);
  });

  test("a mutant knows its function and its lines", () => {
    const source = "class C {\n  m(): number {\n    return 1 +\n      2;\n  }\n}\n";
    const [plus] = typescriptMutants("a.ts", source);
    expect(plus).toMatchObject({ inside: "m", before: "return 1 +", after: "return 1 -" });
    expect(applied(source, plus as Mutant)).toBe(source.replace("+", "-"));
    expect(lineOf(source, plus?.start ?? 0)).toBe(3);
  });
});

describe("C", () => {
  test("boundaries, signs, constants", () => {
    expect(ofC("    a = b < 3u;\n")).toEqual([
      "a = b <= 3u;",
      "a = b >= 3u;",
      "a = b < 4u;",
      "a = b < 2u;",
    ]);
    expect(ofC("int f(int a) {\n    return a + 0x10;\n}\n")).toEqual([
      "return a - 0x10;",
      "return a + 17;",
      "return a + 15;",
    ]);
  });

  test("conditions and statements", () => {
    const source = "static void f(int a) {\n    if (a == b) {\n        g(a);\n    }\n}\n";
    const mutants = cMutants("a.c", source);
    expect(texts(mutants)).toEqual(["if (a != b) {", "if (1) {", "if (0) {", ";"]);
    expect(mutants.every(({ inside }) => inside === "f")).toBe(true);
  });

  test("no words, no comments, no preprocessor, no pointers", () => {
    expect(ofC('// a + 1\n/* b < 2 */\n#define C 3\nchar *d = "4 + 5";\nint *e;\n')).toEqual([]);
  });
});

test("what does not compile is no mutant", () => {
  const root = mkdtempSync(join(tmpdir(), "twentywatt-compiles-"));
  try {
    const options = { strict: true, target: "es2023", module: "nodenext", types: [] };
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    const source = "export const a = (b: number, c: string): string => (b < 1 ? c + c : c);\n";
    writeFileSync(join(root, "a.ts"), source);
    const compiles = compilesIn(root);
    const mutants = typescriptMutants("a.ts", source);
    const minus = mutants.filter(({ after }) => after.includes("c - c"));
    expect(minus.map(compiles)).toEqual([false]);
    const others = mutants.filter((mutant) => !minus.includes(mutant));
    expect(others.length).toBeGreaterThan(4);
    expect(others.every(compiles)).toBe(true);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("names with a star; a name of nothing is an error", () => {
  const root = mkdtempSync(join(tmpdir(), "twentywatt-files-"));
  try {
    for (const name of ["a.test.ts", "ab.test.ts", "ab.long.test.ts", "b.test.ts"]) {
      writeFileSync(join(root, name), "");
    }
    expect(filesOf(root, ["a*.ts", "a.test.ts"])).toEqual([
      "a.test.ts",
      "ab.long.test.ts",
      "ab.test.ts",
    ]);
    expect(testFilesOf(root, ["*"])).toEqual(["a.test.ts", "ab.test.ts", "b.test.ts"]);
    expect(() => filesOf(root, ["c*.ts"])).toThrow("no file c*.ts");
    expect(() => filesOf(root, ["d/a.ts"])).toThrow("no file d/a.ts");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("a seed gives the same sample", () => {
  const all = Array.from({ length: 50 }, (_, k) => k);
  expect(shuffled(all, 3)).toEqual(shuffled(all, 3));
  expect(shuffled(all, 3)).not.toEqual(shuffled(all, 4));
  expect(shuffled(all, 3).sort((a, b) => a - b)).toEqual(all);
});

test("every survivor is explained, once", () => {
  const keys = SURVIVORS.map(({ file, inside, before, after }) =>
    JSON.stringify([file, inside, before, after]),
  );
  expect(new Set(keys).size).toBe(keys.length);
  for (const { before, after, why } of SURVIVORS) {
    expect(before).not.toBe(after);
    expect(why.length).toBeGreaterThan(20);
  }
});
