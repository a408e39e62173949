/** `npm run data` against a server on this computer, and its table against the data where that is. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { fetchFiles, type PublicFile } from "./data/fetch.mjs";
import { dataTest, readData } from "./support/data.ts";

const MAIN = fileURLToPath(new URL("./data/main.mjs", import.meta.url));
const TABLE: readonly PublicFile[] = JSON.parse(
  readFileSync(new URL("./data/public.json", import.meta.url), "utf8"),
);
const FIRST = Buffer.from("the first file");
const SECOND = Buffer.alloc(100_000, 7);
const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A server, and the paths that it was asked for. */
async function serve(answer: (path: string, response: ServerResponse) => void) {
  const asked: string[] = [];
  const listener: RequestListener = ({ url = "" }, response) => {
    asked.push(url);
    answer(url, response);
  };
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { asked, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const row = (base: string, path: string, content: Uint8Array): PublicFile => ({
  path,
  url: `${base}/${path}`,
  sha256: sha256(content),
  bytes: content.length,
});
const rows = (base: string) => [row(base, "a/one.bin", FIRST), row(base, "two.bin", SECOND)];

async function fetchBoth(base: string, folder: string, patienceMs = 60_000) {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line.replaceAll(base, "BASE"));
  const outcome = await fetchFiles(rows(base), folder, { say, patienceMs });
  return { ...outcome, lines };
}

/** Every file below a folder, temporary ones too. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

const good = (path: string, response: ServerResponse) =>
  response.end(path.endsWith("one.bin") ? FIRST : SECOND);

test("fetches what is missing, once", async () => {
  const folder = join(newFolder(), "not", "there", "yet");
  const { asked, base } = await serve(good);
  expect(await fetchBoth(base, folder)).toEqual({
    fetched: 2,
    present: 0,
    problems: 0,
    lines: ["1/2 a/one.bin: fetched, 14 bytes", "2/2 two.bin: fetched, 100000 bytes"],
  });
  expect(filesIn(folder)).toEqual(["one.bin", "two.bin"]);
  expect(readFileSync(join(folder, "a/one.bin"))).toEqual(FIRST);
  expect(sha256(readFileSync(join(folder, "two.bin")))).toBe(sha256(SECOND));

  expect(await fetchBoth(base, folder)).toMatchObject({ fetched: 0, present: 2, problems: 0 });
  expect(asked).toEqual(["/a/one.bin", "/two.bin"]);

  rmSync(join(folder, "two.bin"));
  expect(await fetchBoth(base, folder)).toMatchObject({ fetched: 1, present: 1, problems: 0 });
  expect(asked).toEqual(["/a/one.bin", "/two.bin", "/two.bin"]);
});

/** What a server does wrong with the first file, and what is said of it. The second file comes all the same. */
const WRONGS: readonly [string, (response: ServerResponse) => void, RegExp][] = [
  [
    "other content of the same length",
    (response) => response.end("THE FIRST FILE"),
    /^1\/2 a\/one\.bin: refused, for its SHA-256 is [0-9a-f]{64} in place of [0-9a-f]{64}$/,
  ],
  [
    "a body that ends early",
    (response) => {
      response.write("the first");
      response.end();
    },
    /refused, for it has 9 bytes in place of 14$/,
  ],
  [
    "a body that breaks off",
    (response) => {
      response.writeHead(200, { "content-length": 14 });
      response.write("the first", () => response.destroy());
    },
    /broke off after [09] of 14 bytes \(\w+\): run this again$/,
  ],
  [
    "a body without end",
    (response) => {
      const more = () => response.write(Buffer.alloc(1000)) && setTimeout(more, 1);
      response.on("drain", more).on("error", () => {});
      more();
    },
    /refused, for it has more than 14 bytes$/,
  ],
  [
    "no such file",
    (response) => response.writeHead(404).end("the first file"),
    /127\.0\.0\.1:\d+ answered 404 for BASE\/a\/one\.bin$/,
  ],
];

test.each(WRONGS)("%s: refused, and nothing left", async (_, wrong, said) => {
  const folder = newFolder();
  const { base } = await serve((path, response) =>
    path.endsWith("one.bin") ? wrong(response) : good(path, response),
  );
  const { lines, ...outcome } = await fetchBoth(base, folder);
  expect(lines[0]).toMatch(said);
  expect(outcome).toEqual({ fetched: 1, present: 0, problems: 1 });
  expect(filesIn(folder)).toEqual(["two.bin"]);
});

test.each([
  ["before the answer", () => {}, "0"],
  ["in the body", (response: ServerResponse) => void response.write("the"), "[03]"], // 0 where the machine is busier than that
])("a server that falls silent %s is waited for once", async (_, silent, got) => {
  const folder = newFolder();
  const { asked, base } = await serve((_, response) => silent(response));
  const { lines, ...outcome } = await fetchBoth(base, folder, 300);
  expect(lines).toEqual([
    expect.stringMatching(
      new RegExp(
        String.raw`^1/2 a/one\.bin: \S+ sent nothing for 0\.3 s, ${got} of 14 bytes came$`,
      ),
    ),
  ]);
  expect(outcome).toEqual({ fetched: 0, present: 0, problems: 2 });
  expect(asked).toHaveLength(1);
  expect(filesIn(folder)).toEqual([]);
});

test("a file of another content is not written over", async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "a"));
  writeFileSync(join(folder, "a/one.bin"), "mine");
  const { asked, base } = await serve(good);
  const { lines, ...outcome } = await fetchBoth(base, folder);
  expect(lines[0]).toBe(
    "1/2 a/one.bin: kept as it is, but it has 4 bytes in place of 14: remove it to have it fetched",
  );
  expect(outcome).toEqual({ fetched: 1, present: 0, problems: 1 });
  expect(readFileSync(join(folder, "a/one.bin"), "utf8")).toBe("mine");
  expect(asked).toEqual(["/two.bin"]);
});

/** The program itself, with `folder` as data folder. */
function main(folder: string, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const env = { ...process.env, TWENTYWATT_DATA: folder };
  const child = spawn(process.execPath, [MAIN, ...args], { env });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
  }
  return new Promise((ended) => child.on("close", (code) => ended({ code, out })));
}

test("no network: said once, and the program ends with 1", async () => {
  const folder = newFolder();
  // a port that was free a moment ago, and where nobody listens
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));

  const { code, out } = await main(folder, "--from", `http://127.0.0.1:${port}/`);
  expect(out.trimEnd().split("\n").slice(1)).toEqual([
    `1/${TABLE.length} ${TABLE[0]?.path}: no network, or none that reaches 127.0.0.1:${port} (ECONNREFUSED): connect, then run this again`,
    `0 fetched, 0 there already, ${TABLE.length} not as they should be`,
  ]);
  expect(code).toBe(1);
  expect(filesIn(folder)).toEqual([]);
});

test("arguments that it does not know: usage, and 2", async () => {
  const { code, out } = await main(newFolder(), "--from", "nowhere");
  expect([code, out]).toEqual([2, expect.stringContaining("URL is a mirror")]);
});

dataTest("the whole table, from a mirror", async () => {
  const folder = newFolder();
  const byPath = new Map(TABLE.map(({ path, url }) => [new URL(url).pathname, readData(path)]));
  const { base } = await serve((path, response) => response.end(byPath.get(path)));
  const { code, out } = await main(folder, "--from", base);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining(`\n${TABLE.length} fetched, 0 there already, 0 not as they should be`),
  ]);
  for (const { path, sha256: expected } of TABLE) {
    expect([path, sha256(readFileSync(join(folder, path)))]).toEqual([path, expected]);
  }
});

test("the table: a fixed commit each, and no way out of the folder", () => {
  const URL_FORM =
    /^https:\/\/raw\.githubusercontent\.com\/[\w.-]+\/[\w.-]+\/[0-9a-f]{40}(\/[\w.-]+)+$/;
  for (const { path, url, sha256, bytes } of TABLE) {
    expect(url).toMatch(URL_FORM);
    expect(path).toMatch(/^[a-z0-9-]+(\/\w[\w.-]*)+$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(bytes).toBeGreaterThan(0);
  }
  expect(new Set(TABLE.map(({ path }) => path)).size).toBe(TABLE.length);
});

dataTest("the table's hashes are those of the data folder's SHA256SUMS", () => {
  const sums = new TextDecoder().decode(readData("SHA256SUMS")).split("\n");
  for (const { path, sha256, bytes } of TABLE) {
    expect(sums).toContain(`${sha256}  ${path}`);
    expect([path, readData(path).length]).toEqual([path, bytes]);
  }
});
