/** C test programs: tests/firmware/programs/NAME.c with the core's files, built by this computer's compiler. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KERNEL_FLAGS } from "../../host/firmware/flags.ts";
import { dataTest } from "./data.ts";
import { type Missing, testUnless } from "./skip.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const CORE = join(ROOT, "firmware/core");
export const KERNELS = join(ROOT, "firmware/kernels");
const PROGRAMS = join(ROOT, "tests/firmware/programs");
const OBJECTS = join(ROOT, "build/firmware-tests");
const CC = "cc";

const STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];
/** Our own C stops at the first undefined thing it does. */
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

const compilerMissing = (): Missing | null =>
  spawnSync(CC, ["--version"]).status === 0
    ? null
    : {
        reason: "no C compiler",
        fix: "as root: apt-get install --no-install-recommends gcc libc6-dev",
      };

const missing = compilerMissing();

/** `test`, or a loud skip without a C compiler. */
export const compilerTest = testUnless(missing);

/** The same for what needs the shared data too. */
export const compilerDataTest = missing === null ? dataTest : compilerTest;

export type Source = { readonly file: string; readonly flags: readonly string[] };

/** A file of the core or of the tests' programs, under the strictest flags and both sanitizers. */
export const ownSource = (file: string, flags: readonly string[] = []): Source => ({
  file,
  flags: [
    ...STRICT,
    ...SANITIZERS,
    "-D_GNU_SOURCE",
    "-g",
    "-O1",
    "-I",
    CORE,
    "-I",
    PROGRAMS,
    ...flags,
  ],
});

/** The core's C files whose names match. */
export const coreFiles = (pattern: RegExp): string[] =>
  readdirSync(CORE)
    .filter((file) => file.endsWith(".c") && pattern.test(file))
    .sort();

/** The kernels' sources, under the flags that their code asks for. */
export const kernelSources = (): Source[] =>
  readdirSync(KERNELS)
    .filter((file) => file.endsWith(".c"))
    .sort()
    .map((file) => ownSource(join(KERNELS, file), [...KERNEL_FLAGS, "-I", KERNELS]));

export const coreFile = (name: string): string => join(CORE, name);
export const programFile = (name: string): string => join(PROGRAMS, name);

/** Files of the core that ask which kernels there are. */
const USES_KERNELS = /^tw_(check|report|engine)/;

/** Builds programs/NAME.c with lines.c and these files of the core. Returns the path of the program. */
export const buildProgram = (name: string, core: readonly string[]): string =>
  link(name, [
    ...["lines.c", `${name}.c`].map((file) => ownSource(programFile(file))),
    ...core.map((file) => ownSource(coreFile(file))),
    ...(core.some((file) => USES_KERNELS.test(file)) ? kernelSources() : []),
  ]);

/** The same for a file of tests: built when the first of them asks. */
export function lineProgram(name: string, core: readonly string[]): () => string {
  let path: string | undefined;
  return () => {
    path ??= buildProgram(name, core);
    return path;
  };
}

/** What has not changed is not compiled again. Returns the paths of the objects. */
export function compileSources(sources: readonly Source[]): string[] {
  mkdirSync(OBJECTS, { recursive: true });
  const headers = [CORE, KERNELS, PROGRAMS].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".h"))
      .map((file) => readFileSync(join(folder, file), "utf8")),
  );
  return sources.map(({ file, flags }) => {
    const key = digest([...headers, ...flags, readFileSync(file, "utf8")]);
    return made(join(OBJECTS, `${key}.o`), (to) => [...flags, "-c", file, "-o", to]);
  });
}

/** @param flags of the link, beside the sanitizers' */
export function link(
  name: string,
  sources: readonly Source[],
  flags: readonly string[] = [],
): string {
  const objects = compileSources(sources);
  const path = join(OBJECTS, `${name}-${digest([...flags, ...objects])}`);
  return made(path, (to) => [...SANITIZERS, ...flags, ...objects, "-o", to]);
}

/** Several workers may build the same thing at once: each moves a whole file into place. */
function made(path: string, args: (to: string) => readonly string[]): string {
  if (existsSync(path)) return path;
  const temporary = `${path}.${process.pid}`;
  try {
    execFileSync(CC, args(temporary), { stdio: ["ignore", "ignore", "inherit"] });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return path;
}

const digest = (texts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex").slice(0, 24);
};

/** Asks a program some lines. Returns its answers, one a line. */
export function ask(program: string, lines: readonly string[]): string[] {
  const answers = execFileSync(program, { input: `${lines.join("\n")}\n`, maxBuffer: 1 << 28 });
  return answers.toString("latin1").split("\n").slice(0, -1);
}
