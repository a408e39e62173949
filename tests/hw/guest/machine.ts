/** What the tests do to their machine: drivers come and go, files of the kernel are read and written. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const MODULES = "/run/modules";

/** @param parameters as insmod takes them: "idVendor=0x2e8a" */
export function loadDriver(name: string, ...parameters: readonly string[]): void {
  execFileSync("insmod", [`${MODULES}/${name}.ko`, ...parameters], { stdio: "pipe" });
}

export function unloadDriver(name: string): void {
  execFileSync("rmmod", [name], { stdio: "pipe" });
}

export const textAt = (path: string): string => readFileSync(path, "utf8").trim();
export const writeAt = (path: string, text: string | number): void =>
  writeFileSync(path, String(text));

/** Emulated processors are slow, and nobody may wait for ever: only what hangs takes so long. */
const PATIENCE_MS = 240_000;

/** Waits for what the kernel does in its own time. */
export async function until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await sleep(20);
  }
}

/** Rejects where a promise does not settle. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: stop.signal }).then(
    () => Promise.reject(new Error(`never came: ${what}`)),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}
