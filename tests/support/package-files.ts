/** What users get: the files of the package, and the packages that npm installs beside it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./readmes.ts";

/** Paths below ROOT of what `npm pack` would put into the package. */
export function packedFiles(): readonly string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
  return files.map(({ path }) => path);
}

type Locked = {
  readonly version: string;
  readonly integrity: string;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
  readonly dev?: true;
  readonly optional?: true;
  readonly peer?: true;
  readonly extraneous?: true;
};

export type InstalledPackage = Pick<Locked, "version" | "integrity"> & {
  /** below ROOT: node_modules/NAME, or deeper */
  readonly path: string;
  /** as npm takes it: NAME@VERSION */
  readonly name: string;
  /** for one kind of computer alone: it is not here where this is another */
  readonly native: boolean;
  /** left out by `--omit=optional` */
  readonly optional: boolean;
};

/** What `npm ci --omit=dev` would install on a Linux computer. @param cpu in Node's word: "arm64" */
export function installedPackages(cpu: string): readonly InstalledPackage[] {
  const text = readFileSync(join(ROOT, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };
  return Object.entries(packages).flatMap(([path, one]) => {
    const { version, integrity, dev, peer, extraneous } = one;
    const fits = (one.cpu?.includes(cpu) ?? true) && (one.os?.includes("linux") ?? true);
    if (path === "" || dev || peer || extraneous || !fits) return [];
    const name = `${path.replace(/^.*node_modules\//, "")}@${version}`;
    const [native, optional] = [one.cpu !== undefined, one.optional === true];
    return [{ path, name, version, integrity, native, optional }];
  });
}
