/**
 * Questions to the firmware of a Raspberry Pi, as its program vcgencmd asks them: a message of the property mailbox, whose
 * only tag holds the command and then the answer (raspberrypi/utils, vcgencmd).
 *
 *   u32  0 size of all · 4 0, after it 0x80000000 · 8 tag · 12 room for text · 16 0 · 20 the firmware's error
 *        24 the command and its NUL, after it the answer · … 0, the end of the tags
 */
import { closeSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import { openWithoutBlocking } from "./descriptor.ts";
import { accessRemedy } from "./files.ts";
import { requestNumber } from "./ioctl.ts";
import { layout, readText, readU32, writeText, writeU32 } from "./layout.ts";
import { pointerBytes } from "./libc.ts";
import { codeOf, type SystemCalls } from "./system-calls.ts";

const TEXT_BYTES = 4096;
const GENCMD = 0x0003_0080;
const DONE = 0x8000_0000;

const { size: SIZE, fields: FIELD } = layout("the message of a gencmd", 28 + TEXT_BYTES, {
  ...{ size: [0, 4], code: [4, 4], tag: [8, 4], room: [12, 4], length: [16, 4], error: [20, 4] },
  ...{ text: [24, TEXT_BYTES], end: [24 + TEXT_BYTES, 4] },
});

/** _IOWR(100, 0, char *): the struct's size is that of a pointer, though the message itself is handed over. */
export const vcioRequest = (arch: string): number =>
  requestNumber("readWrite", 100, 0, pointerBytes(arch));

/** The first is for such questions alone, so that distributions may open it to more users (raspberrypi/linux#7351). */
const DEVICES = ["vcio_gencmd", "vcio"] as const;

export type Firmware = {
  /** "/dev/vcio" */
  readonly name: string;
  /** @returns the answer's text. @throws METER_MISSING where the firmware gives none */
  readonly ask: (command: string) => string;
  readonly close: () => void;
};

/**
 * @returns null where there is no such device
 * @throws METER_MISSING where it may not be opened
 */
export function openFirmware(
  calls: SystemCalls,
  root: string,
  arch: string = process.arch,
): Firmware | null {
  let refused: unknown = null;
  for (const device of DEVICES) {
    try {
      const fd = openWithoutBlocking(join(root, "dev", device));
      return firmwareAt(calls, fd, `/dev/${device}`, vcioRequest(arch));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") refused ??= error;
    }
  }
  if (refused === null) return null;
  const remedy = accessRemedy(root, "dev/vcio", "video");
  const got = codeOf(refused) ?? "an error";
  return fail("METER_MISSING", "/dev/vcio", got, "a device open to this user", remedy, {
    cause: refused,
  });
}

function firmwareAt(calls: SystemCalls, fd: number, name: string, request: number): Firmware {
  return {
    name,
    ask(command) {
      const message = new Uint8Array(SIZE);
      writeU32(message, FIELD.size, SIZE);
      writeU32(message, FIELD.tag, GENCMD);
      writeU32(message, FIELD.room, TEXT_BYTES);
      writeText(message, FIELD.text, command);
      try {
        calls.ioctl(fd, request, message);
      } catch (cause) {
        const code = codeOf(cause);
        if (code === null) throw cause;
        fail("METER_MISSING", name, code, `an answer to ${command}`, undefined, { cause });
      }
      const text = readText(message, FIELD.text);
      const [code, error] = [readU32(message, FIELD.code), readU32(message, FIELD.error)];
      if (code === DONE && text !== command && (error === 0 || text !== "")) return text;
      const got = `code 0x${code.toString(16)}, error ${error}`;
      return fail("METER_MISSING", name, got, `an answer to ${command}`);
    },
    close: () => closeSync(fd),
  };
}
