/**
 * The shared data folder: real models and recorded outputs. Tests use it when it is there and skip loudly when not. A
 * folder that holds only the public part (`npm run data`) has no README.md: there a test skips that needs another file.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "vitest";
import { type NamedTest, testUnless } from "./skip.ts";

export const DATA_DIR = resolve(process.env.TWENTYWATT_DATA ?? "../shared/data");

/** All of the data is there. */
export const hasData = existsSync(join(DATA_DIR, "README.md"));

const FIX = "set TWENTYWATT_DATA to the whole data folder";

/** Files that a test asked for and that are not there; those asked for outside of tests concern the whole file. */
const lackedInTest = new AsyncLocalStorage<Set<string>>();
const lackedOutside = new Set<string>();

/** `test`, or a loud skip when the shared data, or a file of it that this test needs, is not there. */
export const dataTest = hasData
  ? testUnless(null)
  : existsSync(DATA_DIR)
    ? partTest
    : testUnless({ reason: `no test data in ${DATA_DIR}`, fix: `npm run data, or ${FIX}` });

function partTest(...[name, body, timeoutMs]: Parameters<NamedTest>): void {
  const inPart: NamedTest = testUnless(null);
  inPart(name, (context) => skipForLack(context, body), timeoutMs);
}

/** Runs a test where only a part of the data is: it may fail only where nothing that it asked for was missing. */
export async function skipForLack(
  context: Pick<TestContext, "skip">,
  body: (context: TestContext) => void | Promise<void>,
): Promise<void> {
  const lacked = new Set<string>();
  try {
    await lackedInTest.run(lacked, async () => body(context as TestContext));
  } catch (error) {
    const [first, ...others] = [...lacked, ...lackedOutside];
    if (first === undefined) throw error;
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    context.skip(`no ${first}${more} in ${DATA_DIR}: ${FIX}`);
  }
}

/** Where a file of the data is, whether or not it is there. */
export function dataPath(path: string): string {
  const full = join(DATA_DIR, path);
  if (!existsSync(full)) (lackedInTest.getStore() ?? lackedOutside).add(path);
  return full;
}

export const readData = (path: string): Uint8Array => new Uint8Array(readFileSync(dataPath(path)));

export const readInt8 = (path: string): Int8Array => {
  const bytes = readData(path);
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};
