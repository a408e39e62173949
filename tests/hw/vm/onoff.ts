/**
 * The package onoff with its native part, built here by this computer's compiler against the headers of the Node that runs:
 * npm brings the sources, and no install script runs.
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cached, FETCH_TIMEOUT_MS, unfetched } from "../../support/fetched.ts";
import { missingFeature } from "../../support/packages.mjs";
import type { Missing } from "../../support/skip.ts";
import { command } from "./command.ts";

const ONOFF = "onoff@6.0.3";
const NODE = `node-linux-${process.arch}@${process.versions.node}`;

/** @returns a folder whose node_modules has onoff, or what keeps it from being built */
export async function builtOnoff(): Promise<string | Missing> {
  const missing = missingFeature("cxx");
  if (missing) return missing;
  try {
    return await cached(`${ONOFF}-${NODE}`, build);
  } catch (error) {
    return unfetched(
      `${ONOFF}, built for Node ${process.versions.node},`,
      error,
      "npm and a network",
    );
  }
}

async function build(folder: string): Promise<void> {
  const options = { cwd: folder, timeout: FETCH_TIMEOUT_MS };
  const quiet = ["--silent", "--ignore-scripts"];
  await command("npm", ["install", ...quiet, "--no-save", "--prefix", folder, ONOFF], options);
  const epoll = join(folder, "node_modules/epoll");
  await mkdir(join(epoll, "build/Release"), { recursive: true });
  const headers = await nodeHeaders(folder);
  await command(
    "c++",
    [
      ...["-shared", "-fPIC", "-O1", "-std=gnu++20", "-w", "-DNODE_GYP_MODULE_NAME=epoll"],
      ...["-DBUILDING_NODE_EXTENSION", "-I", headers, "-I", join(folder, "node_modules/nan")],
      ...[join(epoll, "src/epoll.cc"), "-o", join(epoll, "build/Release/epoll.node")],
    ],
    options,
  );
  await rm(join(folder, "node"), { recursive: true, force: true });
}

/** Those beside this Node; where it came without, those of its package. */
async function nodeHeaders(folder: string): Promise<string> {
  const own = join(dirname(process.execPath), "../include/node");
  if (existsSync(join(own, "node.h"))) return own;
  const to = join(folder, "node");
  await mkdir(to);
  const options = { cwd: to, timeout: FETCH_TIMEOUT_MS };
  await command("npm", ["pack", "--silent", "--ignore-scripts", NODE], options);
  const [archive = ""] = await readdir(to);
  await command("tar", ["-xzf", archive, "package/include"], options);
  return join(to, "package/include/node");
}
