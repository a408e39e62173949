/** Core + kernels + port + WASM3 → one program. What has not changed is not compiled again, and what is there is there whole. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";
import { type Compiler, compiler } from "./compiler.ts";
import { type ElfSizes, elfSizes } from "./elf.ts";
import { compileFlags, ENGINE_FILE, linkFlags, type Part, WASM3_FILES } from "./flags.ts";
import { ROWS_MACRO, rowsOf, TABLE_FILE } from "./kernels.ts";
import { type Port, portFolder, portFolders, readPort } from "./port.ts";
import { FIRMWARE, IS_CHECKOUT, outputFolder } from "./root.ts";
import { wasm3Source } from "./wasm3-source.ts";

export type FirmwareOptions = {
  /** added to every compilation and to the link, e.g. a sanitizer's */
  readonly flags?: readonly string[];
  /** a folder of C files that takes the place of the port's main.c */
  readonly program?: string;
  /** native kernels by name (kernels.ts); null or absent: all */
  readonly kernels?: readonly string[] | null;
  /** WASM3_DIR unless given */
  readonly wasm3Dir?: string;
  /** where the output goes; `build/firmware` in a checkout, the user's cache otherwise */
  readonly folder?: string;
  /** hears each file that is compiled: the first build takes some seconds */
  readonly onCompile?: (file: string) => void;
};

export type Firmware = ElfSizes & {
  readonly port: string;
  /** the program, or the image for the board */
  readonly path: string;
  readonly compiler: string;
};

/** One C file and all that its object depends on. */
type Unit = {
  readonly part: Part;
  readonly folder: string;
  readonly file: string;
  readonly flags: readonly string[];
  readonly key: string;
};

/** Raises TARGET_MISSING without the compiler, FIRMWARE when it refuses the sources, IO without WASM3's sources. */
export async function buildFirmware(
  name: string,
  options: FirmwareOptions = {},
): Promise<Firmware> {
  const port = readPort(name);
  const cc = compiler(port);
  const wasm3 = await wasm3Source(options.wasm3Dir);
  const base = options.folder ?? outputFolder();
  const rows = options.kernels ? await writeRows(rowsOf(options.kernels), base) : null;
  const units = await unitsOf(port, wasm3, cc, options, rows);
  const link = [...linkFlags(port), ...(options.flags ?? [])];
  const script = port.linkerScript
    ? await readFile(join(portFolder(name), port.linkerScript), "utf8")
    : "";
  const key = digest([cc.version, script, ...link, ...port.link, ...units.map((u) => u.key)]);
  // in a cache several versions of twentywatt meet
  const variant =
    IS_CHECKOUT && !options.flags?.length && !options.program && !rows
      ? ""
      : `-${key.slice(0, 16)}`;
  const folder = join(base, `${name}${variant}`);
  const path = join(folder, port.linkerScript ? "twentywatt.elf" : "twentywatt");
  if (!(await isBuilt(path, key))) {
    const objects = await compileAll(units, cc, join(base, "objects"), options.onCompile);
    await replace(path, key, (temporary) =>
      cc.run([...link, "-o", temporary, ...objects, ...port.link], `linking ${name}`),
    );
  }
  const sizes = elfSizes(await readFile(path));
  return { port: name, path, ...sizes, compiler: cc.version };
}

/** Every C file, with a key over all that can change its object. Headers count for the whole of their folder. */
async function unitsOf(
  port: Port,
  wasm3: string,
  cc: Compiler,
  { flags: extra = [], program }: FirmwareOptions,
  rows: string | null,
): Promise<Unit[]> {
  const core = join(FIRMWARE, "core");
  const kernels = join(FIRMWARE, "kernels");
  const folders = portFolders(port);
  const headers = {
    core: await headersOf([core]),
    kernels: await headersOf([core, kernels]),
    port: await headersOf([core, ...folders]),
    engine: await headersOf([core, wasm3]),
    wasm3: await headersOf([wasm3]),
  };
  const seen: Readonly<Record<Part, readonly string[]>> = {
    core: [headers.core],
    engine: [headers.engine],
    kernels: [headers.kernels],
    port: [headers.port],
    wasm3: [headers.wasm3, await readFile(join(FIRMWARE, "tw_aligned.h"), "utf8")],
    // may include the main.c that it replaces
    program: [headers.port, ...(program ? await mainOf(folders) : [])],
  };
  const units = async (part: Part, folder: string, wanted: (file: string) => boolean) => {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".c") && wanted(file));
    return Promise.all(
      files.sort().map(async (file) => {
        const some = rows !== null && part === "kernels" && file === TABLE_FILE;
        const flags = [
          ...compileFlags(port, part, file, wasm3),
          ...(some ? [`-D${ROWS_MACRO}="${rows}"`] : []),
          ...extra,
        ];
        const source = await readFile(join(folder, file), "utf8");
        const key = digest([cc.version, ...flags, ...seen[part], file, source]);
        return { part, folder, file, flags, key };
      }),
    );
  };
  const ofPort = await Promise.all(
    folders.map((folder) => units("port", folder, (file) => !program || file !== MAIN)),
  );
  return [
    ...(await units("core", core, (file) => file !== ENGINE_FILE)),
    ...(await units("engine", core, (file) => file === ENGINE_FILE)),
    ...(await units("kernels", kernels, () => true)),
    ...ofPort.flat(),
    ...(program ? await units("program", program, () => true) : []),
    ...(await units("wasm3", wasm3, (file) => WASM3_FILES.includes(file))),
  ];
}

/** A header of rows, named by what is in it. */
async function writeRows(rows: string, base: string): Promise<string> {
  const folder = join(base, "objects");
  const path = join(folder, `rows-${digest([rows]).slice(0, 16)}.h`);
  if (existsSync(path)) return path;
  await mkdir(folder, { recursive: true });
  const temporary = temporaryIn(folder);
  try {
    await writeFile(temporary, rows);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
    forgetTemporary(temporary);
  }
  return path;
}

const headersOf = async (folders: readonly string[]): Promise<string> =>
  digest(await textsOf(folders, (file) => file.endsWith(".h")));

const MAIN = "main.c";
const mainOf = (folders: readonly string[]): Promise<string[]> =>
  textsOf(folders, (file) => file === MAIN);

async function textsOf(
  folders: readonly string[],
  wanted: (file: string) => boolean,
): Promise<string[]> {
  const paths: string[] = [];
  for (const folder of folders) {
    const files = (await readdir(folder)).filter(wanted).sort();
    paths.push(...files.map((file) => join(folder, file)));
  }
  return Promise.all(paths.map((path) => readFile(path, "utf8")));
}

/** Two at a time: what a Raspberry Pi spares. */
const PARALLEL = 2;

async function compileAll(
  units: readonly Unit[],
  cc: Compiler,
  folder: string,
  onCompile: (file: string) => void = () => {},
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const waiting = units.filter(({ key }) => !existsSync(join(folder, `${key}.o`)));
  // the largest file first, so that it does not run alone at the end
  waiting.sort((a, b) => Number(b.file === "m3_compile.c") - Number(a.file === "m3_compile.c"));
  const worker = async () => {
    for (let unit = waiting.shift(); unit; unit = waiting.shift()) {
      onCompile(unit.file);
      const source = join(unit.folder, unit.file);
      const object = join(folder, `${unit.key}.o`);
      const temporary = temporaryIn(folder);
      try {
        await cc.run([...unit.flags, "-c", source, "-o", temporary], unit.file);
        await rename(temporary, object);
      } catch (error) {
        waiting.length = 0; // the other worker need not go on
        throw error;
      } finally {
        await rm(temporary, { force: true });
        forgetTemporary(temporary);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return units.map(({ key }) => join(folder, `${key}.o`));
}

/** Beside the program lies a note of what it was built from, and of its own bytes. */
async function isBuilt(path: string, key: string): Promise<boolean> {
  try {
    const note = await readFile(`${path}.built`, "utf8");
    return note === built(key, await readFile(path));
  } catch {
    return false;
  }
}

const built = (key: string, program: Uint8Array): string =>
  `${key}\n${createHash("sha256").update(program).digest("hex")}\n`;

async function replace(
  path: string,
  key: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeAbandoned(dirname(path));
  const temporary = temporaryIn(dirname(path));
  try {
    await make(temporary);
    const note = built(key, await readFile(temporary));
    await rename(temporary, path);
    await writeFile(temporary, note);
    await rename(temporary, `${path}.built`);
  } finally {
    await rm(temporary, { force: true });
    forgetTemporary(temporary);
  }
}

function digest(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest("hex");
}
