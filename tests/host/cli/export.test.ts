/** `export`: which files there are, what is kept, and what is refused. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cli, cliJson, failure } from "../../support/cli.ts";
import { FLATTEN } from "../../support/small-models.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-export-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inside = (name: string) => join(folder, name);

writeFileSync(inside("flat.tflite"), FLATTEN);
const MODEL = inside("flat.tflite");

test("a sketch folder; a second export keeps the sketch and renews the model", async () => {
  const to = inside("Flat");
  const { document } = await cliJson(["export", MODEL, "--arduino", to]);
  const [header, sketch] = [join(to, "model.h"), join(to, "Flat.ino")];
  expect(document).toMatchObject({ verb: "export", ok: true, warnings: [] });
  expect(document.files).toEqual(
    [header, sketch].map((path) => ({ path, bytes: readFileSync(path).length })),
  );
  const text = readFileSync(header, "utf8");
  expect(text).toContain(`#define MODEL_ARENA_BYTES ${document.arenaBytes}u\n`);
  expect(text).toContain(`#define MODEL_WASM_BYTES ${document.moduleBytes}u\n`);
  expect(document.kept).toEqual([]);

  writeFileSync(sketch, "// mine\n");
  writeFileSync(header, "");
  const again = await cliJson(["export", MODEL, "--arduino", to]);
  expect(again.document.warnings).toEqual([`${sketch} is there already, and stays as it is`]);
  expect(again.document.files.map(({ path }: { path: string }) => path)).toEqual([header]);
  expect(again.document.kept).toEqual([sketch]);
  expect(readFileSync(sketch, "utf8")).toBe("// mine\n");
  expect(readFileSync(header, "utf8")).toBe(text);

  const { stdout } = await cli(["export", MODEL, "--arduino", to]);
  expect(stdout).toMatch(/files +\S+model\.h, [\d,]+ bytes\nkept +\S+Flat\.ino\n/);
});

test("a C file and its header, with the names of a file", async () => {
  writeFileSync(inside("names.txt"), ["a", "b", "c", "d", "e", "f"].join("\n"));
  const classes = ["--classes", inside("names.txt")];
  const { document } = await cliJson(["export", MODEL, "--c", inside("kws.c"), ...classes]);
  expect(document.files.map(({ path }: { path: string }) => path)).toEqual([
    inside("kws.c"),
    inside("kws.h"),
  ]);
  expect(readFileSync(inside("kws.c"), "utf8")).toContain('"a", "b", "c", "d", "e", "f"');
  expect(readFileSync(inside("kws.h"), "utf8")).toContain("#define KWS_CLASSES 6u\n");
  const { stdout } = await cli(["export", MODEL, "--c", inside("kws.c")]);
  expect(stdout).toMatch(/files +\S+kws\.c, [\d,]+ bytes\n/);
});

test("a module is exported as it is; one of the simd build is for no board", async () => {
  for (const build of ["mvp", "simd"]) {
    await cli(["compile", MODEL, "-o", inside(`${build}.wasm`), "--build", build]);
  }
  const { document } = await cliJson(["export", inside("mvp.wasm"), "--c", inside("mvp.c")]);
  expect(document.moduleBytes).toBe(readFileSync(inside("mvp.wasm")).length);
  const refused = await failure("export", inside("simd.wasm"), "--c", inside("simd.c"));
  expect(refused.code).toBe(1);
});

test("wrong calls", async () => {
  const usage = async (...args: string[]) => {
    const { code, errors } = await failure("export", MODEL, ...args);
    expect(code).toBe(2);
    return errors[0]?.where;
  };
  expect(await usage()).toBe("export");
  expect(await usage("--arduino", inside("A"), "--c", inside("a.c"))).toBe("export");
  expect(await usage("--arduino", inside("no spaces"))).toBe("--arduino");
  expect(await usage("--c", inside("kws.cpp"))).toBe("--c");
  writeFileSync(inside("same.c"), "");
  const own = await failure("export", inside("same.c"), "--c", inside("same.c"));
  expect(own.errors[0]?.code).toBe("MODEL_FORMAT");
  mkdirSync(inside("Folder/Folder.ino"), { recursive: true });
  const { errors } = await failure("export", MODEL, "--arduino", inside("Folder"));
  expect(errors[0]?.code).toBe("IO");
  const names = await failure("export", MODEL, "--c", inside("n.c"), "--classes", inside("same.c"));
  expect(names.errors[0]?.code).toBe("INPUT_SIZE");
});
