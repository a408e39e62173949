/** Files that sensors read from anywhere in them: pipes and devices have no way back, and one without a writer never opens. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fail, systemReason } from "../errors.ts";

/** @throws SENSOR_MISSING where there is no such file, or something else */
export async function openPlain(where: string, path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) =>
    fail("SENSOR_MISSING", where, systemReason(cause), "a file that can be read"),
  );
  if ((await file.stat()).isFile()) return file;
  await file.close();
  const remedy = "Write it to a file first; lines that come when they come are `--input -`.";
  return fail("SENSOR_MISSING", where, "a pipe, a folder or a device", "a file", remedy);
}
