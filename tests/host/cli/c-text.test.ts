/** MODEL as C text: through the verbs, one of several arrays behind a #, and problems that name the file. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readModuleManifest } from "../../../host/module/check.ts";
import { cText } from "../../support/c-arrays.ts";
import { cli, failedWith, failure, folderOfFiles } from "../../support/cli.ts";
import { FLATTEN, FLATTEN_F32 } from "../../support/small-models.ts";

const { file, path } = folderOfFiles();
const two = file(
  "two.cc",
  `${cText(FLATTEN)}${cText(FLATTEN_F32, { declaration: "const unsigned char real_model[]" })}`,
);
const one = file("one.tflite", FLATTEN);

async function compiled(model: string): Promise<Uint8Array> {
  const { code, stderr } = await cli(["compile", model, "-o", path("out.wasm")]);
  expect(code, stderr).toBe(0);
  return readFileSync(path("out.wasm"));
}

test("an array compiles to the module of the file that it holds", async () => {
  const [fromText, fromFile] = [await compiled(`${two}#g_model`), await compiled(one)];
  const { codeSha256, source, inputs } = readModuleManifest(fromFile);
  expect(readModuleManifest(fromText)).toMatchObject({
    ...{ codeSha256, inputs, source: { ...source, name: "two.cc#g_model" } },
  });
  const { inputs: real } = readModuleManifest(await compiled(`${two}#real_model`));
  expect(real[0]?.edge).toBe("f32");
});

test("a file that is called so comes first", async () => {
  const odd = file("odd.cc#g_model", FLATTEN_F32);
  file("odd.cc", cText(FLATTEN));
  const { inputs } = readModuleManifest(await compiled(odd));
  expect(inputs[0]?.edge).toBe("f32");
});

test("problems name the file and what to write instead", async () => {
  expect((await failure("inspect", two)).errors).toMatchObject([
    { code: "MODEL_FORMAT", where: two, remedy: "Say which one behind a #: two.cc#g_model." },
  ]);
  expect((await failure("inspect", `${two}#model`)).errors).toMatchObject([
    { code: "MODEL_FORMAT", where: `${two}#model`, got: "no array model" },
  ]);
  expect((await failure("inspect", path("none.cc#g_model"))).errors).toMatchObject([
    { code: "IO", where: path("none.cc") },
  ]);
});

test("the text is not written over by what is made of it", async () => {
  expect(await failedWith("compile", `${two}#g_model`, "-o", two)).toBe("USAGE 2");
});
