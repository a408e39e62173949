/** Offsets, sizes and numbers as the C headers of this computer have them, printed by a small C program. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import {
  CHIP_INFO,
  GPIO_REQUEST,
  LINE_ATTRIBUTE,
  LINE_ATTRIBUTE_ID,
  LINE_EVENT,
  LINE_EVENT_ID,
  LINE_FLAG,
  LINE_INFO,
  LINE_REQUEST,
  LINE_VALUES,
} from "../../../host/linux/gpio.ts";
import {
  DIRECTION,
  I2C_REQUEST,
  SMBUS_DATA_BYTES,
  smbusIoctlData,
  TRANSACTION,
} from "../../../host/linux/i2c.ts";
import type { Layout } from "../../../host/linux/layout.ts";
import { CLOSE_ON_EXEC, PERF_EVENT_OPEN } from "../../../host/linux/libc.ts";
import { PERF_ATTRIBUTES } from "../../../host/linux/perf.ts";
import { RAW, TERMINAL_REQUEST, TERMIOS } from "../../../host/linux/pty.ts";
import { vcioRequest } from "../../../host/linux/vcio.ts";
import { missingFeature } from "../../support/packages.mjs";
import { testUnless } from "../../support/skip.ts";

const LAYOUTS: readonly Layout[] = [
  ...[CHIP_INFO, LINE_INFO, LINE_REQUEST, LINE_ATTRIBUTE, LINE_VALUES, LINE_EVENT, TERMIOS],
  smbusIoctlData(process.arch),
  PERF_ATTRIBUTES,
];

/** A struct that grows with the kernel: ours is its first version, which every kernel takes. */
const FIRST_VERSIONS: Readonly<Record<string, string>> = { perf_event_attr: "PERF_ATTR_SIZE_VER0" };

/** Ours, and what C calls it. */
const NUMBERS: readonly (readonly [number | bigint, string])[] = [
  [GPIO_REQUEST.GET_CHIPINFO, "GPIO_GET_CHIPINFO_IOCTL"],
  [GPIO_REQUEST.GET_LINEINFO, "GPIO_V2_GET_LINEINFO_IOCTL"],
  [GPIO_REQUEST.GET_LINE, "GPIO_V2_GET_LINE_IOCTL"],
  [GPIO_REQUEST.GET_VALUES, "GPIO_V2_LINE_GET_VALUES_IOCTL"],
  [GPIO_REQUEST.SET_VALUES, "GPIO_V2_LINE_SET_VALUES_IOCTL"],
  ...Object.entries(LINE_FLAG).map(([name, flag]) => [flag, `GPIO_V2_LINE_FLAG_${name}`] as const),
  [LINE_ATTRIBUTE_ID.OUTPUT_VALUES, "GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES"],
  [LINE_ATTRIBUTE_ID.DEBOUNCE, "GPIO_V2_LINE_ATTR_ID_DEBOUNCE"],
  [LINE_EVENT_ID.RISING_EDGE, "GPIO_V2_LINE_EVENT_RISING_EDGE"],
  [LINE_EVENT_ID.FALLING_EDGE, "GPIO_V2_LINE_EVENT_FALLING_EDGE"],
  ...Object.entries(TERMINAL_REQUEST).map(([name, number]) => [number, name] as const),
  [0x5421, "FIONBIO"],
  [RAW.iflagOff, "IGNBRK|BRKINT|PARMRK|ISTRIP|INLCR|IGNCR|ICRNL|IXON"],
  [RAW.oflagOff, "OPOST"],
  [RAW.cflagOff, "CSIZE|PARENB"],
  [RAW.cflagOn, "CS8"],
  [RAW.lflagOff, "ECHO|ECHONL|ICANON|ISIG|IEXTEN"],
  ...Object.entries(I2C_REQUEST).map(([name, number]) => [number, name] as const),
  [DIRECTION.read, "I2C_SMBUS_READ"],
  [DIRECTION.write, "I2C_SMBUS_WRITE"],
  [TRANSACTION.BYTE_DATA, "I2C_SMBUS_BYTE_DATA"],
  [TRANSACTION.WORD_DATA, "I2C_SMBUS_WORD_DATA"],
  [TRANSACTION.I2C_BLOCK_DATA, "I2C_SMBUS_I2C_BLOCK_DATA"],
  [SMBUS_DATA_BYTES, "sizeof(union i2c_smbus_data)"],
  [vcioRequest(process.arch), "_IOWR(100, 0, char *)"],
  [PERF_EVENT_OPEN[process.arch] ?? -1, "__NR_perf_event_open"],
  [CLOSE_ON_EXEC, "PERF_FLAG_FD_CLOEXEC"],
];

const ROWS = LAYOUTS.flatMap(({ struct, size, fields }) => [
  [BigInt(size), FIRST_VERSIONS[struct] ?? `sizeof(struct ${struct})`] as const,
  ...Object.entries(fields).flatMap(([name, { at, bytes }]) => [
    [BigInt(at), `offsetof(struct ${struct}, ${name})`] as const,
    [BigInt(bytes), `sizeof(((struct ${struct} *)0)->${name})`] as const,
  ]),
]);
const EXPECTED = [...ROWS, ...NUMBERS.map(([number, name]) => [BigInt(number), name] as const)];

const PROGRAM = `#include <stddef.h>
#include <stdio.h>
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/gpio.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <linux/perf_event.h>
int main(void) {
${EXPECTED.map(([, text]) => `  printf("%llu\\n", (unsigned long long)(${text}));`).join("\n")}
  return 0;
}
`;

const folder = mkdtempSync(join(tmpdir(), "twentywatt-layouts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${error ?? stderr}`);
  return stdout;
}

describe("structs and numbers of the kernel", () => {
  testUnless(missingFeature("cc"))("are those of the C headers", () => {
    writeFileSync(join(folder, "layouts.c"), PROGRAM);
    run("cc", ["-o", join(folder, "layouts"), join(folder, "layouts.c")]);
    const printed = run(join(folder, "layouts"), []).trim().split("\n");
    const ours = EXPECTED.map(([number, text]) => `${text} ${number}`);
    expect(ours).toEqual(EXPECTED.map(([, text], k) => `${text} ${printed[k]}`));
  });
});
