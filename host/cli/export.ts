/** `export MODEL --arduino DIR | --c FILE`: a sketch around a model, or the model as a C file and its header. */
import { mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { moduleFacts } from "../boards/facts.ts";
import { fail } from "../errors.ts";
import { cFiles, type ExportedFile, sketchFiles } from "../export/index.ts";
import { requireDistinct } from "../files/distinct.ts";
import { createAtomic, isSystemError, withIo } from "../files/file.ts";
import { readClasses } from "../files/labels.ts";
import { elements } from "../model/graph.ts";
import { count, labelled } from "../text.ts";
import { compileOptions, moduleOf } from "./build.ts";
import { GROUP, withExamples } from "./help.ts";
import { loadModel, modelFile, modelName } from "./model.ts";
import { naming } from "./naming.ts";
import { boardBuildOption, MODEL, type ModelOptions, modelOptions } from "./options.ts";
import type { Result, Session } from "./result.ts";

type Options = ModelOptions & {
  readonly arduino?: string;
  readonly c?: string;
  readonly classes?: string;
};

export const define = (command: Command): Command =>
  withExamples(
    modelOptions(
      command
        .description("write a sketch, or C, with a model in it, for boards that decide alone")
        .argument("<model>", MODEL)
        .optionsGroup(GROUP.files)
        .option(
          "--arduino <dir>",
          "write a sketch into this folder, for the library TwentyWatt: model.h anew, the sketch only where there is none",
        )
        .option("--c <file.c>", "write the model as this file and a header of the same name")
        .option("--classes <file>", "name the outputs: a name on each line"),
      boardBuildOption(),
    ),
    [
      {
        what: "a sketch that checks itself and prints decisions",
        line: "twentywatt export net:demo-int8 --arduino Vibration",
      },
      {
        what: "the bytes, sizes and conversions for a program of your own",
        line: "twentywatt export kws.tflite --c kws.c --classes words.txt",
      },
    ],
  );

export async function run(session: Session, name: string, options: Options): Promise<Result> {
  const target = targetOf(options);
  const model = await loadModel(name, options, session.io.signal);
  const reads = [
    ...modelFile(name, options.front),
    ...(options.classes === undefined ? [] : [{ flag: "--classes", path: options.classes }]),
  ];
  await requireDistinct(reads, target.paths);
  const chosen = compileOptions(options, null, session);
  const { wasm } = await naming(name, () => moduleOf(model, chosen, session));
  const { checkForBoard } = await import("../runtime/index.ts");
  const { manifest, arenaBytes } = await naming(name, async () => {
    const { manifest } = checkForBoard(wasm);
    return { manifest, arenaBytes: arenaOf(wasm) };
  });
  const outputs = elements(manifest.outputs[0]?.shape ?? []);
  const named = options.classes
    ? await readClasses(options.classes, outputs, session.io.signal)
    : manifest.labels;
  const classes = named?.length === outputs ? named : null;
  const files = target.files({ wasm, manifest, arenaBytes, classes });
  if (target.folder !== null) {
    const folder = target.folder;
    await withIo(folder, "a folder to write into", () => mkdir(folder, { recursive: true }));
  }
  const { written, kept } = await writeAll(files, target, session);
  return {
    json: { files: written, kept, arenaBytes, moduleBytes: wasm.length },
    text: [
      ...labelled("model", [`${modelName(model)}, ${count(wasm.length)} bytes`]),
      ...labelled(
        "files",
        written.map(({ path, bytes }) => `${path}, ${count(bytes)} bytes`),
      ),
      ...labelled("kept", kept),
      ...labelled("memory", [`an arena of ${count(arenaBytes)} bytes`]),
    ],
  };
}

type Target = {
  /** created where it is not there */
  readonly folder: string | null;
  /** below the folder, or beside the file */
  readonly place: string;
  readonly paths: readonly { readonly flag: string; readonly path: string }[];
  readonly files: (model: Parameters<typeof sketchFiles>[0]) => readonly ExportedFile[];
};

/** Arduino's rule for sketches and their folders. */
const SKETCH = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

function targetOf({ arduino, c }: Options): Target {
  if (arduino !== undefined && c !== undefined) {
    fail("USAGE", "export", "--arduino and --c", "one of them", "Export twice, once with each.");
  }
  if (arduino !== undefined) {
    const name = basename(resolve(arduino));
    if (!SKETCH.test(name)) {
      const expected = "at most 63 letters, digits, _, - and ., as Arduino names sketches";
      fail("USAGE", "--arduino", arduino, expected, "Give the folder such a name.");
    }
    const path = join(arduino, "model.h");
    return {
      ...{ folder: arduino, place: arduino, paths: [{ flag: "--arduino", path }] },
      files: (model) => sketchFiles(model, name),
    };
  }
  if (c === undefined) {
    const remedy = "Give --arduino DIR for a sketch, or --c FILE.c for a C file and its header.";
    return fail("USAGE", "export", "neither --arduino nor --c", "one of them", remedy);
  }
  const base = basename(c).replace(/\.c$/, "");
  if (!c.endsWith(".c") || !/^[A-Za-z0-9_][\w.-]*$/.test(base)) {
    fail("USAGE", "--c", c, "a name like kws.c", "Give the C file a name that ends in .c.");
  }
  const header = join(dirname(c), `${base}.h`);
  return {
    ...{ folder: null, place: dirname(c) },
    paths: [
      { flag: "--c", path: c },
      { flag: "--c", path: header },
    ],
    files: (model) => cFiles(model, base),
  };
}

/** Of a 32-bit board with this version's library. */
function arenaOf(wasm: Uint8Array): number {
  const { arenaBytes, refusal } = moduleFacts(wasm).facts;
  return (
    arenaBytes ?? fail("MODULE_TOO_BIG", "module", refusal ?? "no arena", "a module for boards")
  );
}

type Written = { readonly path: string; readonly bytes: number };

/** What a person may have changed is kept: the sketch, once it is there. */
async function writeAll(
  files: readonly ExportedFile[],
  { place }: Target,
  { warn }: Session,
): Promise<{ readonly written: Written[]; readonly kept: string[] }> {
  const written: Written[] = [];
  const kept: string[] = [];
  for (const { name, text } of files) {
    const path = join(place, name);
    const bytes = new TextEncoder().encode(text);
    const there = name.endsWith(".ino") ? await contentOf(path) : null;
    if (there !== null) {
      if (!there.equals(bytes)) warn(`${path} is there already, and stays as it is`);
      kept.push(path);
      continue;
    }
    const file = await createAtomic(path);
    try {
      await file.write(bytes);
      await file.commit();
    } finally {
      await file.discard();
    }
    written.push({ path, bytes: bytes.length });
  }
  return { written, kept };
}

async function contentOf(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return null;
    return withIo(path, "a file to read", () => Promise.reject(error));
  }
}
