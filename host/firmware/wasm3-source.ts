/**
 * WASM3's C sources, which are never in our tree: those of a checkout (`WASM3_DIR`), or the ones inside a package of the
 * npm registry, fetched once per user and compared with the SHA-512 in firmware/wasm3.json.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { cacheFolder, canWrite } from "../cache-folder.ts";
import { fail } from "../errors.ts";
import { forgetTemporary, removeAbandoned, temporaryIn } from "../temporary.ts";
import { FIRMWARE } from "./root.ts";
import { untar } from "./tar.ts";

export type Wasm3Pin = {
  readonly package: string;
  readonly version: string;
  /** in the tarball, with the slash */
  readonly folder: string;
  /** of the tarball, hexadecimal */
  readonly sha512: string;
};

/** A file that every state of WASM3 has. */
const LANDMARK = "m3_compile.c";

const OFFLINE =
  "Connect to the network once, or set WASM3_DIR to a checkout of github.com/wasm3/wasm3.";

export const wasm3Pin = (): Wasm3Pin =>
  JSON.parse(readFileSync(join(FIRMWARE, "wasm3.json"), "utf8"));

/**
 * The folder with WASM3's `m3_*.c`.
 *
 * @param directory `WASM3_DIR`: a checkout, or its folder `source`
 * @param cache     where the fetched sources are kept
 */
export async function wasm3Source(
  directory: string | undefined = process.env.WASM3_DIR,
  cache: string = cacheFolder(),
  fetchTarball: (pin: Wasm3Pin) => Promise<Uint8Array> = npmPack,
): Promise<string> {
  if (directory) return checkout(resolve(directory));
  const pin = wasm3Pin();
  const folder = join(cache, `wasm3-${pin.sha512.slice(0, 16)}`);
  if (existsSync(join(folder, LANDMARK))) return folder;
  const tarball = await fetchTarball(pin);
  const got = createHash("sha512").update(tarball).digest("hex");
  if (got !== pin.sha512) {
    const name = `${pin.package}@${pin.version}`;
    fail("IO", name, `a tarball with SHA-512 ${got}`, pin.sha512, OFFLINE);
  }
  await unpack(tarball, pin.folder, folder);
  return folder;
}

function checkout(directory: string): string {
  const found = [directory, join(directory, "source")].find((folder) =>
    existsSync(join(folder, LANDMARK)),
  );
  return (
    found ??
    fail(
      "IO",
      "WASM3_DIR",
      `no ${LANDMARK} in ${directory}`,
      "a checkout of WASM3 or its folder source",
      "Set WASM3_DIR to one, or unset it: then the pinned sources are fetched.",
    )
  );
}

/** Inside `npm run` and `npx` the first npm on the path may be one that some package brought along. */
const usersPath = (): string =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")))
    .join(delimiter);

/** npm keeps a cache below HOME: where it cannot, it gets one that is thrown away. */
const npmEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: usersPath(),
  ...(canWrite(join(homedir(), ".npm")) ? {} : { npm_config_cache: join(folder, "cache") }),
});

/** What npm says is wrong, without its own remarks on logs and versions. */
const causeOf = (stderr: string): string | undefined =>
  stderr
    .split("\n")
    .map((line) => /^npm (?:error|ERR!) (?!code |A complete log|errno |\s)(.+)/.exec(line)?.[1])
    .find((line) => line !== undefined);

/** npm knows the user's registry, proxy and certificates. */
async function npmPack(pin: Wasm3Pin): Promise<Uint8Array> {
  await removeAbandoned(tmpdir());
  const folder = temporaryIn(tmpdir());
  await mkdir(folder, { mode: 0o700 });
  try {
    const name = `${pin.package}@${pin.version}`;
    const { status, stderr, error } = spawnSync(
      "npm",
      ["pack", name, "--ignore-scripts", "--pack-destination", folder],
      { encoding: "utf8", cwd: folder, env: npmEnvironment(folder) },
    );
    const [file] = (await readdir(folder)).filter((entry) => entry.endsWith(".tgz"));
    if (status !== 0 || file === undefined) {
      const why = error?.message ?? causeOf(stderr) ?? `exit ${status}`;
      fail("IO", `npm pack ${name}`, why, "the sources of WASM3", OFFLINE);
    }
    return readFileSync(join(folder, file));
  } finally {
    await rm(folder, { recursive: true, force: true });
    forgetTemporary(folder);
  }
}

/** Atomic: the folder is there whole or not at all. */
async function unpack(tarball: Uint8Array, prefix: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(dirname(folder));
  const temporary = temporaryIn(dirname(folder));
  await mkdir(temporary);
  try {
    for (const { name, bytes } of untar(tarball)) {
      const inside = name.startsWith(prefix) ? name.slice(prefix.length) : "";
      if (/^\w+\.[ch]$/.test(inside)) await writeFile(join(temporary, inside), bytes);
    }
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // somebody else was quicker
    if (!existsSync(join(folder, LANDMARK))) throw error;
  } finally {
    forgetTemporary(temporary);
  }
}
