/** The C library through koffi: what the kernel answers, and what is said where koffi or Linux are missing. */
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { openWithoutBlocking, readAvailable } from "../../../host/linux/descriptor.ts";
import { libcNames, loadSystemCalls } from "../../../host/linux/libc.ts";
import { openPseudoTerminal } from "../../../host/linux/pty.ts";
import { codeOf, systemError } from "../../../host/linux/system-calls.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const problemOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no problem",
    (error: { problems: readonly unknown[] }) => error.problems,
  );

kernelTest("what the kernel refuses has the name of errno", () => {
  const { ioctl } = systemCalls();
  const codeOfCall = (fd: number, request: number): string | null => {
    try {
      ioctl(fd, request, new Uint8Array(4));
    } catch (error) {
      return codeOf(error);
    }
    return "done";
  };
  expect(codeOfCall(987_654, 0x5421)).toBe("EBADF");
  // a file is no terminal
  expect(codeOfCall(openSync(import.meta.filename, "r"), 0x5401)).toBe("ENOTTY");
});

kernelTest("a request may take a number: what waits in a terminal is thrown away", () => {
  const terminal = openPseudoTerminal(systemCalls());
  const other = openWithoutBlocking(terminal.path);
  terminal.write(Uint8Array.of(1, 2, 3));
  // TCFLSH with TCIFLUSH
  expect(systemCalls().ioctl(other, 0x540b, 0)).toBe(0);
  expect(readAvailable(other, new Uint8Array(8))).toBe(null);
  closeSync(other);
  terminal.close();
});

kernelTest("what stands at the address of bytes is those bytes, small and large", async () => {
  const koffi = await import("koffi");
  const copy = koffi.load("libc.so.6").func("void *memcpy(size_t, void *, size_t)");
  for (const length of [34, 16, 5000]) {
    const bytes = new Uint8Array(length);
    const written = Uint8Array.from({ length }, (_, k) => k + 1);
    copy(koffi.address(bytes), written, length);
    expect(bytes).toEqual(written);
  }
});

test("without koffi: what is missing and what brings it", async () => {
  const importKoffi = async (): Promise<never> => {
    throw new Error("Cannot find package 'koffi' imported from libc.js");
  };
  expect(await problemOf(loadSystemCalls({ platform: "linux", importKoffi }))).toEqual([
    {
      code: "PACKAGE_MISSING",
      where: "system calls",
      got: "no package koffi",
      expected: "the package koffi",
      remedy: expect.stringMatching(/^npm install koffi/),
    },
  ]);
});

test("koffi without a binary for this computer is named with its own words", async () => {
  const importKoffi = async (): Promise<never> => {
    throw new Error("Cannot find the native Koffi module; did you bundle it correctly?");
  };
  expect(await problemOf(loadSystemCalls({ platform: "linux", importKoffi }))).toEqual([
    expect.objectContaining({
      code: "PACKAGE_MISSING",
      got: expect.stringContaining("Cannot find the native Koffi module"),
    }),
  ]);
});

test("elsewhere than on Linux there are no system calls", async () => {
  expect(await problemOf(loadSystemCalls({ platform: "darwin" }))).toEqual([
    expect.objectContaining({ code: "IO", got: "darwin", expected: "Linux" }),
  ]);
});

test("without a C library all its names are listed", async () => {
  const asked: string[] = [];
  const koffi = {
    load: (name: string) => {
      asked.push(name);
      throw new Error("cannot open shared object file");
    },
    errno: () => 0,
    address: () => 0n,
  };
  const work = loadSystemCalls({
    ...{ platform: "linux", arch: "arm64", importKoffi: async () => koffi },
  });
  expect(await problemOf(work)).toEqual([
    expect.objectContaining({
      expected: "libc.so.6 or libc.musl-aarch64.so.1 or libc.so",
    }),
  ]);
  expect(asked).toEqual(libcNames("arm64"));
});

test.each([
  ["x64", "libc.musl-x86_64.so.1"],
  ["arm", "libc.musl-armhf.so.1"],
  ["riscv64", "libc.musl-riscv64.so.1"],
])("musl on %s", (arch, name) => {
  expect(libcNames(arch)).toEqual(["libc.so.6", name, "libc.so"]);
});

test.each([
  ["x64", 8, 0x1122334455667788n, [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]],
  ["arm", 8, 0x11223344n, [0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0]],
])("a pointer in a struct on %s", async (arch, at, address, bytes) => {
  const koffi = {
    load: () => ({ func: () => () => 0 }),
    errno: () => 0,
    address: () => address,
  };
  const importKoffi = async () => koffi;
  const { ioctl } = await loadSystemCalls({ platform: "linux", arch, importKoffi });
  const argument = new Uint8Array(16);
  ioctl(1, 2, argument, { at, bytes: new Uint8Array(1) });
  expect([...argument.subarray(at)]).toEqual(bytes);
});

test("524, which the kernel should keep to itself, has its name too", () => {
  expect(systemError("ioctl", 524).code).toBe("ENOTSUPP");
  expect(systemError("ioctl", 16)).toMatchObject({ code: "EBUSY", errno: -16, syscall: "ioctl" });
  expect(codeOf(new TypeError("not of the kernel"))).toBe(null);
});
