/**
 * What a Raspberry Pi 3 of QEMU starts from: Debian's kernel for arm64, the device tree of the board from the same package,
 * and a root in memory with busybox, Node, and this program as npm would install it there.
 */
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Arm64Parts, arm64Parts } from "../support/arm64.ts";
import { debianRelease, withApt } from "../support/debian.ts";
import { cached, FETCH_TIMEOUT_MS, npmPackage } from "../support/fetched.ts";
import { installedPackages, packedFiles } from "../support/package-files.ts";
import { ROOT } from "../support/readmes.ts";

const run = promisify(execFile);

/** The package that stands for the kernel of the day; the day's name moves with every update. */
const KERNEL = "linux-image-arm64";
const DEVICE_TREE = "bcm2837-rpi-3-b.dtb";

/** What Node's binary asks the loader for, and the loader. */
const LIBRARIES = [
  ...["ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"],
  ...["libgcc_s.so.1", "libstdc++.so.6"],
];

/** Of node_modules: for people, for debuggers, or for another kind of computer. */
const USELESS = /\.(map|md|d\.ts)$|\/binaryen\/bin$|\/prebuilds\/(?!linux-arm64$)[^/]+$/;

export type Board = { readonly kernel: string; readonly deviceTree: string };
/** Everything that has to be fetched before there is an image. */
export type Parts = { readonly board: Board; readonly busybox: string; readonly arm64: Arm64Parts };

/** @throws what npm, apt-get or the network say */
export async function raspiParts(): Promise<Parts> {
  const folder = await cached(`raspi3b-${await debianRelease()}`, fetchBoard);
  for (const { name, integrity, native } of installedPackages("arm64")) {
    if (native) await npmPackage(packageOf(name, integrity));
  }
  const board = { kernel: join(folder, "kernel"), deviceTree: join(folder, DEVICE_TREE) };
  return { board, busybox: join(folder, "busybox"), arm64: await arm64Parts() };
}

/** package-lock.json writes "sha512-" before the digest. */
const packageOf = (name: string, integrity: string) => ({
  name,
  sha512: integrity.replace(/^sha512-/, ""),
});

/** Three files of some thousands: modules of the kernel are not loaded, what the board needs is in it. */
async function fetchBoard(folder: string): Promise<void> {
  const tree = join(folder, "packages");
  await mkdir(tree);
  await withApt("arm64", async ({ dependencies, unpack }) => {
    const image = (await dependencies(KERNEL)).find((name) => name.startsWith("linux-image-"));
    if (image === undefined) throw new Error(`${KERNEL} depends on no kernel`);
    await unpack([image, "busybox-static"], tree);
  });
  const files = await readdir(tree, { recursive: true });
  const keep = async (pattern: RegExp, as: string): Promise<void> => {
    const found = files.find((file) => pattern.test(file));
    if (found === undefined) throw new Error(`no ${as} in Debian's packages`);
    await rename(join(tree, found), join(folder, as));
  };
  await keep(/^boot\/vmlinuz-[^/]+$/, "kernel");
  await keep(new RegExp(`/broadcom/${DEVICE_TREE}$`), DEVICE_TREE);
  await keep(/(^|\/)bin\/busybox$/, "busybox");
  await rm(tree, { recursive: true });
}

/**
 * Writes the root in memory.
 *
 * @param folder an empty one, for the work and its result
 * @param files what else goes in, by the path it gets there; "init" is the first process
 * @returns the path of the archive
 */
export async function raspiInitrd(
  { busybox, arm64: { node, libraries } }: Parts,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const root = join(folder, "root");
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await cp(from, join(root, to), {
      ...{ recursive: true, dereference: true },
      filter: (source) => !(source.includes("/node_modules/") && USELESS.test(source)),
    });
  };
  for (const mount of ["proc", "sys", "dev", "tmp", "etc", "root"]) {
    await mkdir(join(root, mount), { recursive: true });
  }
  await put(busybox, "bin/busybox");
  await put(node, "bin/node");
  for (const library of LIBRARIES) await put(await libraryAt(libraries, library), `lib/${library}`);
  for (const path of packedFiles()) await put(join(ROOT, path), `app/${path}`);
  for (const { path, name, integrity, native } of installedPackages("arm64")) {
    const from = native ? await npmPackage(packageOf(name, integrity)) : join(ROOT, path);
    await put(from, `app/${path}`);
  }
  for (const [to, from] of Object.entries(files)) await put(from, to);
  await chmod(join(root, "init"), 0o755);

  const archive = join(folder, "initrd");
  // not compressed: an emulated processor takes longer to unpack it than this one to read it
  const pack = 'find . | cpio -o -H newc -R 0:0 --quiet > "$1"';
  await run("sh", ["-c", pack, "sh", archive], { cwd: root, timeout: FETCH_TIMEOUT_MS });
  await rm(root, { recursive: true });
  return archive;
}

async function libraryAt(libraries: string, name: string): Promise<string> {
  const folders = ["lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu"];
  for (const folder of folders) {
    const names = await readdir(join(libraries, folder)).catch((): string[] => []);
    if (names.includes(name)) return join(libraries, folder, name);
  }
  throw new Error(`no ${name} in ${folders.join(" or ")} of Debian's packages`);
}
