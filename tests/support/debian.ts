/** Debian's packages for another processor: looked up, fetched and unpacked, never installed. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { FETCH_TIMEOUT_MS } from "./fetched.ts";

const run = promisify(execFile);

export type Apt = {
  /** Names of what a package needs. Of linux-image-arm64 it is the kernel of the day. */
  readonly dependencies: (name: string) => Promise<readonly string[]>;
  /** Puts the files of packages into a folder; no script of theirs runs. */
  readonly unpack: (names: readonly string[], to: string) => Promise<void>;
};

/**
 * Apt with state of its own: the host's package lists and database stay as they are, and nobody has to be root. It takes
 * packages from where the host does, and checks their signatures; versions are whatever this Debian has.
 *
 * @param architecture in Debian's word: "arm64"
 */
export async function withApt(
  architecture: string,
  work: (apt: Apt) => Promise<void>,
): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), "twentywatt-apt-"));
  try {
    await mkdir(join(state, "lists/partial"), { recursive: true });
    await mkdir(join(state, "archives/partial"), { recursive: true });
    await writeFile(join(state, "status"), "");
    const settings = [
      `Dir::State=${state}`,
      `Dir::State::status=${join(state, "status")}`,
      `Dir::Cache=${state}`,
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      "APT::Sandbox::User=root",
    ].flatMap((setting) => ["-o", setting]);
    const options = { cwd: state, timeout: FETCH_TIMEOUT_MS };
    await run("apt-get", [...settings, "update", "-qq"], options);
    await work({
      async dependencies(name) {
        const { stdout } = await run("apt-cache", [...settings, "depends", name], options);
        return Array.from(stdout.matchAll(/^\s*Depends: (\S+)$/gm), ([, needed = ""]) => needed);
      },
      async unpack(names, to) {
        const cwd = await mkdtemp(join(state, "packages-"));
        await run("apt-get", [...settings, "download", "-qq", ...names], { ...options, cwd });
        for (const file of await readdir(cwd)) {
          await run("dpkg-deb", ["-x", join(cwd, file), to], options);
        }
      },
    });
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

/** "bookworm"; "debian" where the system does not say. */
export async function debianRelease(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1] ?? "debian";
}
