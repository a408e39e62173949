/** Reads a gzipped tar archive, as npm packs them: plain files with short names (POSIX ustar). */
import { gunzipSync } from "node:zlib";

const BLOCK = 512;

export type TarFile = { readonly name: string; readonly bytes: Uint8Array };

/** Every regular file. Folders, links and extended headers are passed over. */
export function untar(archive: Uint8Array): TarFile[] {
  const tar = gunzipSync(archive);
  const files: TarFile[] = [];
  // two blocks of zeros end the archive: a header without a name
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(text(header, 124, 12), 8);
    if (!(size >= 0)) throw new Error(`no size in the tar header at byte ${at}`);
    const kind = text(header, 156, 1);
    const prefix = text(header, 345, 155);
    const name = `${prefix && `${prefix}/`}${text(header, 0, 100)}`;
    const bytes = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (kind === "0" || kind === "") files.push({ name, bytes });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** A field up to its first zero byte. */
function text(header: Uint8Array, at: number, length: number): string {
  const field = Buffer.from(header.subarray(at, at + length)).toString("latin1");
  const end = field.indexOf("\0");
  return (end < 0 ? field : field.slice(0, end)).trim();
}
