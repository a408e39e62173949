/**
 * A question to a device in the network, over HTTP: one answer of JSON, bounded in bytes and in time. Nothing is followed,
 * nothing is kept open, and no password is sent.
 */
import { get, type IncomingMessage } from "node:http";
import { fail, systemReason } from "../errors.ts";
import type { Uri } from "../uri.ts";

export type Json = { readonly [key: string]: unknown };

export type HttpDevice = {
  /** what the device is for a reader: "a Shelly" */
  readonly what: string;
  readonly uri: string;
  readonly host: string;
  readonly patienceMs: number;
  /** ends the question that waits */
  readonly closed: AbortSignal;
};

/** Plugs answer with one or two thousand bytes. */
const MOST_BYTES = 1 << 16;
export const HTTP_PATIENCE_MS = 3000;

/**
 * HOST or HOST:PORT. A password in it would stand in shells, reports and logs: it is refused, and not repeated.
 *
 * @throws USAGE
 */
export function hostOf({ text, kind, rest }: Uri): string {
  if (rest.includes("@")) {
    const remedy =
      "Switch the password of its own web page off, or put it where only this computer reaches it.";
    const got = "a password, which would stand in logs and reports";
    return fail("USAGE", `--meter ${kind}:…`, got, `${kind}:HOST`, remedy);
  }
  if (/^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:\d{1,5})?$/i.test(rest)) return rest;
  return fail("USAGE", `--meter ${text}`, rest, "a name or an address, with a port or without");
}

/** @throws METER_MISSING with what came instead of an object of JSON */
export async function askJson(device: HttpDevice, path: string): Promise<Json> {
  const { body } = await ask(device, path, [200]);
  return objectIn(device, path, body);
}

/** The same where a device may not know the question: null for 404. */
export async function askJsonIfKnown(device: HttpDevice, path: string): Promise<Json | null> {
  const { status, body } = await ask(device, path, [200, 404]);
  return status === 404 ? null : objectIn(device, path, body);
}

type Answer = { readonly status: number; readonly body: string };

async function ask(
  { what, uri, host, patienceMs, closed }: HttpDevice,
  path: string,
  welcome: readonly number[],
): Promise<Answer> {
  const refuse = (got: string, remedy?: string, cause?: unknown): never =>
    fail("METER_MISSING", `--meter ${uri}`, got, `an answer of ${what} to ${path}`, remedy, {
      cause,
    });
  const late = AbortSignal.timeout(patienceMs);
  let answer: Answer | "long";
  try {
    answer = await exchange(new URL(`http://${host}${path}`), AbortSignal.any([late, closed]));
  } catch (error) {
    const got = late.aborted ? `no whole answer within ${patienceMs / 1000} s` : reasonOf(error);
    return refuse(got, "Check the address, and that it is switched on and in this network.", error);
  }
  if (answer === "long") return refuse(`more than ${MOST_BYTES} bytes`);
  const { status } = answer;
  if (welcome.includes(status)) return answer;
  if (status >= 300 && status < 400) {
    return refuse(
      `status ${status}, which leads elsewhere and is not followed`,
      "Name the host itself.",
    );
  }
  if (status === 401 || status === 403) {
    const remedy =
      "Switch the password of its own web page off: passwords are not sent, as they would stand in logs.";
    return refuse(`status ${status}: it asks for a password`, remedy);
  }
  return refuse(`status ${status}`);
}

function exchange(url: URL, signal: AbortSignal): Promise<Answer | "long"> {
  return new Promise((resolve, reject) => {
    // a connection of its own each time: small devices have few
    const request = get(url, { agent: false, signal, headers: { connection: "close" } });
    request.on("error", reject);
    request.on("response", (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= MOST_BYTES) return;
        resolve("long");
        request.destroy();
      });
      response.on("error", reject);
      response.on("aborted", () => reject(new Error("a connection that ended too early")));
      response.on("end", () => {
        const { statusCode = Number.NaN } = response;
        resolve({ status: statusCode, body: Buffer.concat(chunks).toString("utf8") });
      });
    });
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody at this address",
  ENOTFOUND: "a name that nobody has",
  EAI_AGAIN: "a name that cannot be looked up",
  EHOSTUNREACH: "an address without a way to it",
  ENETUNREACH: "an address without a way to it",
  ECONNRESET: "a connection that ended too early",
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("HPE_")) return "something that is no HTTP";
  return Object.hasOwn(WORDS, code) ? String(WORDS[code]) : systemReason(error);
}

function objectIn({ what, uri }: HttpDevice, path: string, body: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = null;
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed))
    return parsed as Json;
  const start = JSON.stringify(body.slice(0, 40));
  const got = /^\s*</.test(body) ? `a web page, ${start}…,` : body === "" ? "nothing" : `${start}…`;
  const remedy = "Check that this address is the meter's own, and no router's.";
  return fail("METER_MISSING", `--meter ${uri}`, got, `JSON of ${what} for ${path}`, remedy);
}

/** An object within another; null where there is none. */
export function objectOf(json: Json, key: string): Json | null {
  const value = json[key];
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}

/** A number that is one; null for all else, and for what no double holds. */
export const numberIn = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
