/** Tests that need data, in a folder that holds only a part of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";

const FOLDER = mkdtempSync(join(tmpdir(), "twentywatt-part-"));
writeFileSync(join(FOLDER, "there.bin"), "x");
vi.stubEnv("TWENTYWATT_DATA", FOLDER);
const { dataPath, hasData, readData, skipForLack } = await import("./data.ts");
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** What became of a test: null when it passed, else the note of its skip. */
async function outcome(body: () => void | Promise<void>): Promise<string | null> {
  let note: string | null = null;
  const skip = (said: unknown): never => {
    note = String(said);
    throw new Error("skipped");
  };
  await skipForLack({ skip }, body).catch((error) => {
    if (note === null) throw error;
  });
  return note;
}

test("a folder without README.md does not hold everything", () => expect(hasData).toBe(false));

test("what is there is read", async () => {
  expect(await outcome(() => void readData("there.bin"))).toBe(null);
});

test("a file that is not there: skipped, with its name and the fix", async () => {
  const fix = "set TWENTYWATT_DATA to the whole data folder";
  expect(await outcome(() => void readData("a/no.bin"))).toBe(`no a/no.bin in ${FOLDER}: ${fix}`);
  const path = async () => {
    await null;
    for (const name of ["one.csv", "there.bin", "two.csv"]) dataPath(name);
    expect(1).toBe(2); // as a program fails whose input is not there
  };
  expect(await outcome(path)).toBe(`no one.csv and 1 more in ${FOLDER}: ${fix}`);
});

test("a test that lacks nothing fails, also after one that lacked something", async () => {
  const failing = () => {
    readData("there.bin");
    throw new Error("a fault");
  };
  await expect(outcome(failing)).rejects.toThrow("a fault");
});
