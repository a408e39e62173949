/** A file that grows by a little in every step: buffered, whole or not at all, and never faster than its reader. */
import { type AtomicFile, createAtomic } from "./file.ts";

export type StepFile = {
  /** A promise only where the disk or the reader has to be waited for. */
  readonly add: (part: string | Uint8Array) => Promise<void> | null;
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
};

const BUFFER = 1 << 16;

export async function openStepFile(
  path: string,
  create: (path: string) => Promise<AtomicFile> = createAtomic,
): Promise<StepFile> {
  const file = await create(path);
  const encoder = new TextEncoder();
  let text = "";
  const bytes = new Uint8Array(BUFFER);
  let filled = 0;
  const flush = async (): Promise<void> => {
    // a file is either text or bytes
    const part = text === "" ? bytes.slice(0, filled) : encoder.encode(text);
    text = "";
    filled = 0;
    await file.write(part);
  };
  return {
    add(part) {
      if (typeof part === "string") {
        text += part;
        return text.length >= BUFFER ? flush() : null;
      }
      if (part.length <= BUFFER - filled) {
        bytes.set(part, filled);
        filled += part.length;
        return null;
      }
      return flush().then(() => file.write(part));
    },
    async commit() {
      await flush();
      await file.commit();
    },
    discard: file.discard,
  };
}
