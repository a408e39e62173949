/**
 * Fetches files that have a public address. What arrives is kept only when its length and SHA-256 are those of the
 * table; what is in the folder already is never written over.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/**
 * @typedef {{ readonly path: string, readonly url: string, readonly sha256: string, readonly bytes: number }} PublicFile
 *   path: in the data folder; sha256: 64 hexadecimal digits; bytes: the length
 * @typedef {{ fetched: number, present: number, problems: number }} Outcome
 * @typedef {(line: string) => void} Say
 */

/** Longest wait for the next byte, milliseconds. */
const PATIENCE_MS = 30_000;

/** The server cannot be reached or does not answer: the next file would fare no better. */
class Unreachable extends Error {}

/**
 * Fetches what is missing, one file after the other, one line a file. Goes on after a file that is refused; ends at once
 * when the server cannot be reached or falls silent.
 * @param {readonly PublicFile[]} files
 * @param {string} folder made when it is missing
 * @param {{ readonly say: Say, readonly patienceMs?: number }} options
 * @returns {Promise<Outcome>} problems: files of the table that the folder does not hold as they should be
 */
export async function fetchFiles(files, folder, { say, patienceMs = PATIENCE_MS }) {
  const outcome = { fetched: 0, present: 0, problems: 0 };
  for (const [k, file] of files.entries()) {
    const line = (/** @type {string} */ text) =>
      say(`${k + 1}/${files.length} ${file.path}: ${text}`);
    const target = join(folder, file.path);
    try {
      if (lstatSync(target, { throwIfNoEntry: false })) {
        const wrong = whatIsWrong(readFileSync(target), file);
        if (wrong) throw new Error(`kept as it is, but ${wrong}: remove it to have it fetched`);
        outcome.present += 1;
        line("there already");
        continue;
      }
      const content = await download(file, patienceMs);
      const wrong = whatIsWrong(content, file);
      if (wrong) throw new Error(`refused, for ${wrong}`);
      keep(content, target);
      outcome.fetched += 1;
      line(`fetched, ${file.bytes} bytes`);
    } catch (error) {
      line(error instanceof Error ? error.message : String(error));
      if (error instanceof Unreachable) {
        const left = files.slice(k).filter(({ path }) => !existsSync(join(folder, path)));
        return { ...outcome, problems: outcome.problems + left.length };
      }
      outcome.problems += 1;
    }
  }
  return outcome;
}

/**
 * @param {Uint8Array} content
 * @param {PublicFile} file
 * @returns {string | null} how the content differs from what the table says
 */
function whatIsWrong(content, { bytes, sha256 }) {
  if (content.length !== bytes) return `it has ${content.length} bytes in place of ${bytes}`;
  const found = createHash("sha256").update(content).digest("hex");
  return found === sha256 ? null : `its SHA-256 is ${found} in place of ${sha256}`;
}

/**
 * Under a temporary name first: whoever looks sees the whole file or none.
 * @param {Uint8Array} content
 * @param {string} target
 */
function keep(content, target) {
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { flag: "wx" });
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * The body at a file's address, of which no more is read than one byte beyond what the file has.
 * @param {PublicFile} file
 * @param {number} patienceMs longest wait for the next byte
 * @returns {Promise<Buffer>}
 * @throws {Unreachable} no connection, or silence
 * @throws {Error} an HTTP status other than 2xx, a body that breaks off
 */
async function download({ url, bytes }, patienceMs) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patienceMs);
  const { host } = new URL(url);
  /** @type {Uint8Array[]} */
  const parts = [];
  let got = 0;
  let connected = false;
  try {
    const response = await fetch(url, { signal: abort.signal });
    connected = true;
    if (!response.ok) throw new Error(`${host} answered ${response.status} for ${url}`);
    for await (const part of response.body ?? []) {
      timer.refresh();
      parts.push(part);
      got += part.length;
      if (got > bytes) throw new Error(`refused, for it has more than ${bytes} bytes`);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (abort.signal.aborted) {
      throw new Unreachable(
        `${host} sent nothing for ${patienceMs / 1000} s, ${got} of ${bytes} bytes came`,
      );
    }
    const why = cause(error);
    if (!connected) {
      throw new Unreachable(
        `no network, or none that reaches ${host} (${why}): connect, then run this again`,
      );
    }
    // what fetch itself throws, it calls a TypeError: the connection broke
    if (error instanceof TypeError) {
      throw new Error(`broke off after ${got} of ${bytes} bytes (${why}): run this again`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    abort.abort(); // lets go of a connection whose body nobody reads on
  }
}

/**
 * @param {unknown} error
 * @returns {string} the code of what is behind a failed fetch, ENOTFOUND for one, or its message
 */
function cause(error) {
  if (!(error instanceof Error)) return String(error);
  const behind = error.cause instanceof Error ? error.cause : error;
  return "code" in behind ? String(behind.code) : behind.message;
}
