/**
 * A kernel of this Debian for the virtual machine, and the drivers that its tests need. Made once for each version of the
 * kernel, into the user's cache folder: the package is fetched and unpacked, never installed.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, FETCH_TIMEOUT_MS } from "../../support/fetched.ts";
import { command } from "./command.ts";
import { BUILT, DEBIAN_OPTIONAL, EDITS, LOADED, MAKEFILE, SOURCES } from "./modules.ts";

const INIT = fileURLToPath(new URL("init.sh", import.meta.url));
const RECIPES = ["kernel.ts", "modules.ts", "init.sh"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
const HEADERS = "usr/src";

export type Kernel = {
  /** "6.1.0-57-amd64" */
  readonly version: string;
  readonly image: string;
  readonly initramfs: string;
};

/** @throws what apt, tar or the compiler say */
export async function debianKernel(): Promise<Kernel> {
  const version = await headersVersion();
  const recipe = createHash("sha256");
  for (const file of RECIPES) recipe.update(readFileSync(file));
  const name = `linux-${version}-${recipe.digest("hex").slice(0, 12)}`;
  const folder = await cached(name, (to) => make(to, version));
  return { version, image: join(folder, "vmlinuz"), initramfs: join(folder, "initramfs.gz") };
}

/**
 * The newest kernel whose headers are installed: modules are built against these, and run on no other. The version moves
 * with every update of Debian's.
 */
async function headersVersion(): Promise<string> {
  const status = await command("dpkg-query", ["--status", "linux-headers-amd64"]);
  const version = /^Depends:.*?linux-headers-([^\s,]+)/m.exec(status)?.[1];
  if (version === undefined) throw new Error(`linux-headers-amd64 depends on no headers`);
  return version;
}

async function make(to: string, version: string): Promise<void> {
  const work = join(to, "work");
  const [debian, built] = [join(work, "debian"), join(work, "built")];
  await mkdir(debian, { recursive: true });
  await mkdir(built, { recursive: true });
  await Promise.all([unpackImage(work, debian, version), build(built, version)]);
  await copyFile(join(debian, `boot/vmlinuz-${version}`), join(to, "vmlinuz"));
  await pack(join(to, "initramfs.gz"), work, await modulesOf(debian, version), built);
  await rm(work, { recursive: true });
}

async function unpackImage(work: string, to: string, version: string): Promise<void> {
  const options = { cwd: work, timeout: FETCH_TIMEOUT_MS };
  const sandbox = ["-o", "APT::Sandbox::User=root"];
  await command("apt-get", [...sandbox, "download", "-qq", `linux-image-${version}`], options);
  const [archive = ""] = (await readdir(work)).filter((file) => file.endsWith(".deb"));
  await command("dpkg-deb", ["-x", archive, to], options);
  // Debian 13 has /lib in /usr
  const merged = join(to, "usr/lib/modules");
  if (existsSync(merged)) await rename(merged, join(to, "modules"));
  else await rename(join(to, "lib/modules"), join(to, "modules"));
  await mkdir(join(to, "lib"), { recursive: true });
  await rename(join(to, "modules"), join(to, "lib/modules"));
  await command("depmod", ["-b", to, version]);
}

/** The drivers that Debian leaves out. */
async function build(folder: string, version: string): Promise<void> {
  const archive = sourceArchive(version);
  const root = basename(archive).replace(/\.tar\.xz$/, "");
  const members = SOURCES.map((file) => `${root}/${file}`);
  const unpacked = join(folder, "sources");
  await mkdir(unpacked);
  await command("tar", ["-xJf", archive, "-C", unpacked, ...members], {
    timeout: FETCH_TIMEOUT_MS,
  });
  for (const file of SOURCES) {
    const name = basename(file);
    let text = await readFile(join(unpacked, root, file), "utf8");
    for (const [from, into] of EDITS[name] ?? []) text = text.replace(from, into);
    await writeFile(join(folder, name), text);
  }
  await rm(unpacked, { recursive: true });
  await writeFile(join(folder, "Makefile"), MAKEFILE);
  const headers = join("/", HEADERS, `linux-headers-${version}`);
  await command("make", ["-C", headers, `M=${folder}`, "modules"], { timeout: FETCH_TIMEOUT_MS });
}

/** "6.1.0-57-amd64" is made of linux-source-6.1. */
function sourceArchive(version: string): string {
  const series = /^\d+\.\d+/.exec(version)?.[0];
  const name = `linux-source-${series}.tar.xz`;
  if (readdirSync(join("/", HEADERS)).includes(name)) return join("/", HEADERS, name);
  throw new Error(`no /${HEADERS}/${name}`);
}

type Modules = {
  /** paths of Debian's files, each after what it needs */
  readonly first: readonly string[];
  readonly optional: readonly string[];
};

async function modulesOf(debian: string, version: string): Promise<Modules> {
  const chain = async (name: string): Promise<string[]> => {
    const show = ["-d", debian, "-S", version, "--show-depends", name];
    return [...(await command("modprobe", show)).matchAll(/^insmod (\S+)/gm)].flatMap(
      ([, path]) => path ?? [],
    );
  };
  const first: string[] = [];
  for (const name of LOADED) first.push(...(await chain(name)));
  const optional: string[] = [];
  for (const name of DEBIAN_OPTIONAL) {
    const needed = await chain(name);
    first.push(...needed.slice(0, -1));
    optional.push(...needed.slice(-1));
  }
  // power supplies and hwmon are part of the kernel; usb_f_acm is asked for by g_serial while it starts
  first.push(...(await chain("usb_f_acm")), ...(await chain("regmap-i2c")));
  return { first: [...new Set(first)], optional };
}

/** Files of Debian 13 are compressed, and the kernel's loader may not know how. */
async function place(path: string, folder: string): Promise<string> {
  const file = basename(path).replace(/\.xz$/, "");
  if (path.endsWith(".xz")) {
    await copyFile(path, join(folder, `${file}.xz`));
    await command("xz", ["-d", join(folder, `${file}.xz`)]);
  } else await copyFile(path, join(folder, file));
  return file.replace(/\.ko$/, "");
}

async function pack(to: string, work: string, modules: Modules, built: string): Promise<void> {
  const root = join(work, "initramfs");
  for (const folder of ["bin", "modules", "proc", "sys", "dev", "lower", "upper", "new"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const order: string[] = [];
  for (const path of modules.first) order.push(await place(path, join(root, "modules")));
  for (const path of modules.optional) await place(path, join(root, "modules"));
  for (const name of BUILT) {
    await cp(join(built, `${name}.ko`), join(root, "modules", `${name}.ko`));
  }
  await writeFile(join(root, "modules/order"), order.map((name) => `${name}\n`).join(""));
  await copyFile("/bin/busybox", join(root, "bin/busybox"));
  await command("ln", ["-s", "busybox", join(root, "bin/sh")]);
  await copyFile(INIT, join(root, "init"));
  await chmod(join(root, "init"), 0o755);
  const archive = `cd '${root}' && find . | cpio --quiet -o -H newc | gzip -1 > '${to}'`;
  await command("sh", ["-c", archive]);
}
