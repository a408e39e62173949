/** The C library through koffi, which is an optional package: it is loaded at the first call that needs it. */
import { fail } from "../errors.ts";
import { type PerfCalls, type SystemCalls, systemError } from "./system-calls.ts";

/** musl names its file after the architecture, in its own words. */
const MUSL_ARCHITECTURES: Readonly<Record<string, string>> = {
  ...{ x64: "x86_64", arm64: "aarch64", arm: "armhf", ia32: "i386", riscv64: "riscv64" },
};

/** The file names of the C library: glibc's, then musl's. The first that loads is the one this process runs on. */
export const libcNames = (arch: string): readonly string[] => [
  "libc.so.6",
  `libc.musl-${MUSL_ARCHITECTURES[arch] ?? arch}.so.1`,
  "libc.so",
];

export type LibcOptions = {
  readonly platform?: string;
  readonly arch?: string;
  readonly importKoffi?: () => Promise<typeof import("koffi")>;
};

/**
 * The system calls of this computer.
 *
 * @throws PACKAGE_MISSING where koffi is not installed or has no binary for this computer, IO where there is no Linux or
 *   no C library
 */
export async function loadSystemCalls(options: LibcOptions = {}): Promise<SystemCalls> {
  const { arch = process.arch } = options;
  const { koffi, libc } = await open(options);
  const withBytes = libc.func("int ioctl(int, unsigned long, void *)");
  const withNumber = libc.func("int ioctl(int, unsigned long, unsigned long)");
  return {
    ioctl(fd, request, argument, pointer) {
      if (pointer && typeof argument !== "number") {
        writeAddress(argument, pointer.at, koffi.address(pointer.bytes), arch);
      }
      const call = typeof argument === "number" ? withNumber : withBytes;
      const result = call(fd, request, argument);
      if (result < 0) throw systemError("ioctl", koffi.errno());
      return result;
    },
  };
}

/** The call behind `perf`, which has no function of its own in the C library. @throws as loadSystemCalls() does */
export async function loadPerfCalls(options: LibcOptions = {}): Promise<PerfCalls> {
  const { arch = process.arch } = options;
  const number = PERF_EVENT_OPEN[arch];
  if (number === undefined) {
    return fail("IO", "system calls", arch, Object.keys(PERF_EVENT_OPEN).join(" or "));
  }
  const { koffi, libc } = await open(options);
  const syscall = libc.func("long syscall(long, void *, long, long, long, unsigned long)");
  return {
    perfEventOpen(attributes, pid, cpu) {
      const fd: number = syscall(number, attributes, pid, cpu, NO_GROUP, CLOSE_ON_EXEC);
      if (fd < 0) throw systemError("perf_event_open", koffi.errno());
      return fd;
    },
  };
}

/** asm/unistd.h: __NR_perf_event_open */
export const PERF_EVENT_OPEN: Readonly<Record<string, number>> = { x64: 298, arm64: 241 };
const NO_GROUP = -1;
/** PERF_FLAG_FD_CLOEXEC */
export const CLOSE_ON_EXEC = 8;

async function open(options: LibcOptions) {
  const { platform = process.platform, arch = process.arch } = options;
  const { importKoffi = () => import("koffi") } = options;
  if (platform !== "linux") {
    return fail("IO", "system calls", platform, "Linux", "Take a computer that runs Linux.");
  }
  const koffi = await importKoffi().catch((cause: unknown) => missing(cause));
  return { koffi, libc: loadLibc(koffi, libcNames(arch)) };
}

function missing(cause: unknown): never {
  const absent =
    cause instanceof Error && /Cannot find (package|module) '?koffi/.test(cause.message);
  const got = absent ? "no package koffi" : `koffi does not load: ${firstLine(cause)}`;
  const remedy =
    "npm install koffi: it is prebuilt, and installs with scripts blocked; optional packages must not be left out.";
  return fail("PACKAGE_MISSING", "system calls", got, "the package koffi", remedy, { cause });
}

const firstLine = (cause: unknown): string => String(cause).split("\n")[0] ?? "";

function loadLibc(
  koffi: typeof import("koffi"),
  names: readonly string[],
): ReturnType<typeof koffi.load> {
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch {
      // the next name: only one C library is there
    }
  }
  return fail("IO", "system calls", "no C library", names.join(" or "));
}

/** A pointer in a struct: eight bytes, four on 32-bit computers. */
function writeAddress(bytes: Uint8Array, at: number, address: bigint, arch: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (pointerBytes(arch) === 8) view.setBigUint64(at, address, true);
  else view.setUint32(at, Number(address), true);
}

export const pointerBytes = (arch: string): 4 | 8 => (arch === "arm" || arch === "ia32" ? 4 : 8);
