/** The shared data folder: real models and recorded outputs. Tests use it when it is there and skip loudly when not. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { testUnless } from "./skip.ts";

export const DATA_DIR = resolve(process.env.TWENTYWATT_DATA ?? "../shared/data");

export const hasData = existsSync(join(DATA_DIR, "README.md"));

/** `test`, or a loud skip when the shared data is not there. */
export const dataTest = testUnless(
  hasData
    ? null
    : {
        reason: `no test data in ${DATA_DIR}`,
        fix: "set TWENTYWATT_DATA to the data folder",
      },
);

export const dataPath = (path: string): string => join(DATA_DIR, path);

export const readData = (path: string): Uint8Array => new Uint8Array(readFileSync(dataPath(path)));

export const readInt8 = (path: string): Int8Array => {
  const bytes = readData(path);
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};
