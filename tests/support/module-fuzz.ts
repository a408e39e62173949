/** Damaged modules: seeded mutations with a mended hash, tried in a worker that is ended when it does not answer. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { mulberry32, type Random, subseed } from "../../host/model/random.ts";
import { withoutManifest } from "../../host/module/check.ts";
import { type Manifest, SECTION } from "../../host/module/manifest.ts";
import {
  ByteReader,
  concat,
  customSection,
  i32,
  readCustom,
  readSections,
  SECTION_ID,
  u32,
  writeSections,
} from "../../host/module/wasm-binary.ts";
import { OPCODE } from "../../host/module/wasm-code.ts";

const PATIENCE_MS = 2000;

export type Outcome = {
  /** how often each answer came: "works", "ended", or an error code */
  readonly counts: ReadonlyMap<string, number>;
  /** answers that are no coded error, with the seed that remakes them */
  readonly failures: readonly string[];
};

/** Mutates `modules` in turn, `count` times. */
export async function fuzzModules(modules: readonly Uint8Array[], count: number): Promise<Outcome> {
  const counts = new Map<string, number>();
  const failures: string[] = [];
  let worker = await startWorker();
  for (let seed = 0; seed < count; seed++) {
    const module = modules[seed % modules.length];
    if (!module) break;
    const answer = await ask(worker, mutate(module, mulberry32(subseed(7, seed))));
    if (answer === "ended") {
      await worker.terminate();
      worker = await startWorker();
    }
    const coded = /^(works|ended|[A-Z_]+)$/.test(answer);
    counts.set(coded ? answer : "not coded", (counts.get(coded ? answer : "not coded") ?? 0) + 1);
    if (!coded) failures.push(`seed ${seed}: ${answer}`);
  }
  await worker.terminate();
  return { counts, failures };
}

/** Resolves once the worker listens: loading it takes longer than any module. */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL("./module-worker.ts", import.meta.url), {
    execArgv: ["--import", new URL("./ts-loader.mjs", import.meta.url).href],
  });
  await once(worker, "message");
  return worker;
}

async function ask(worker: Worker, module: Uint8Array): Promise<string> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = once(worker, "message", { signal: patience.signal });
    worker.postMessage(module);
    return (await answer)[0];
  } catch (error) {
    return patience.signal.aborted ? "ended" : `worker died: ${error}`;
  } finally {
    clearTimeout(timer);
  }
}

/** One or two changes: bytes anywhere, sections, globals, literals in the code, fields of the manifest. */
export function mutate(module: Uint8Array, random: Random): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  let wasm = new Uint8Array(module);
  for (let k = 1 + below(2); k > 0; k--) wasm = new Uint8Array(change(wasm, below));
  return below(8) === 0 ? wasm : mend(wasm);
}

function change(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  const at = below(wasm.length);
  switch (below(12)) {
    case 0: // truncate
      return wasm.slice(0, at);
    case 1: // drop a few bytes
      return concat([wasm.subarray(0, at), wasm.subarray(at + 1 + below(8))]);
    case 2: // insert bytes
      return concat([wasm.subarray(0, at), [below(256), below(256)], wasm.subarray(at)]);
    case 3:
      return swapSections(wasm, below);
    case 4:
      return editManifest(wasm, below);
    case 5: // a corner value
      wasm[at] = [0x00, 0x7f, 0x80, 0xff, 0x41, 0x10, 0x40, 0xfd][below(8)] ?? 0;
      return wasm;
    case 6:
      return editSection(wasm, below);
    case 7:
    case 8:
      return editGlobal(wasm, below);
    default:
      return editLiteral(wasm, below);
  }
}

/** One bit inside one section, every section equally likely: the code would drown the small ones. */
function editSection(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  try {
    const sections = readSections(wasm).filter(({ id }) => id !== 0);
    const { body } = sections[below(sections.length)] ?? { body: new Uint8Array(1) };
    const at = below(body.length);
    body[at] = (body[at] ?? 0) ^ (1 << below(8)); // a view of wasm
  } catch {
    // not a module any more: later changes go on from here
  }
  return wasm;
}

/** Another value for one of the globals: lengths, addresses, versions. */
function editGlobal(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  const value = [-1, 0, 1, 8, 16, 24, 63, 64, 4096, 65536, 0x20000, 2 ** 31 - 1][below(12)] ?? 0;
  return withEditedSection(wasm, SECTION_ID.global, (body) => {
    const reader = new ByteReader(body);
    const count = reader.u32();
    const target = below(count);
    const globals = Array.from({ length: count }, (_, k) => {
      const type = reader.take(3);
      const old = reader.signed(32);
      reader.byte();
      return concat([type, i32(k === target ? value : old), [OPCODE.end]]);
    });
    return concat([u32(count), ...globals]);
  });
}

/** Another value for an i32.const in the code, as wide as the old one: addresses, sizes, bounds of loops. */
function editLiteral(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  return withEditedSection(wasm, SECTION_ID.code, (body) => {
    const literals = [...body.keys()].filter((k) => body[k] === 0x41);
    const at = (literals[below(literals.length)] ?? 0) + 1;
    const changed = new Uint8Array(body);
    changed[at] = ((body[at] ?? 0) & 0x80) | below(0x80);
    return changed;
  });
}

function withEditedSection(
  wasm: Uint8Array,
  id: number,
  edit: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  try {
    return writeSections(
      readSections(wasm).map((section) =>
        section.id === id ? { id, body: edit(section.body) } : section,
      ),
    );
  } catch {
    return wasm;
  }
}

/** Sections exchanged, doubled or left out; an unreadable module stays as it is. */
function swapSections(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  try {
    const sections = [...readSections(wasm)];
    const [a, b] = [below(sections.length), below(sections.length)];
    const [first, second] = [sections[a], sections[b]];
    if (!first || !second) return wasm;
    if (below(3) === 0) sections.splice(a, 1);
    else if (below(2)) sections.splice(b, 0, first);
    else [sections[a], sections[b]] = [second, first];
    return writeSections(sections);
  } catch {
    return wasm;
  }
}

const ODD_VALUES = [-1, 0, 1, 2 ** 31, 2 ** 53, 1e300, null, "", "x", [], {}, true, [-1], "AAAA"];

/** One field of the manifest, at any depth, becomes something odd. */
function editManifest(wasm: Uint8Array, below: (n: number) => number): Uint8Array {
  return withEditedManifest(wasm, (manifest) => {
    let target: Record<string, unknown> = manifest as unknown as Record<string, unknown>;
    for (;;) {
      const keys = Object.keys(target);
      const key = keys[below(keys.length)];
      if (key === undefined) return;
      const value = target[key];
      if (typeof value === "object" && value !== null && below(4) > 0) {
        target = value as Record<string, unknown>;
        continue;
      }
      if (below(6) === 0) delete target[key];
      else target[key] = ODD_VALUES[below(ODD_VALUES.length)];
      return;
    }
  });
}

/** The hash as the manifest would have it, so that the checks behind the hash are reached. */
const mend = (wasm: Uint8Array): Uint8Array =>
  withEditedManifest(wasm, (manifest) => {
    const code = createHash("sha256").update(withoutManifest(wasm));
    (manifest as { codeSha256: string }).codeSha256 = code.digest("hex");
  });

function withEditedManifest(wasm: Uint8Array, edit: (manifest: Manifest) => void): Uint8Array {
  try {
    const sections = readSections(wasm).map((section) => {
      if (section.id !== 0) return section;
      const { name, payload } = readCustom(section.body);
      if (name !== SECTION) return section;
      const manifest: Manifest = JSON.parse(new TextDecoder().decode(payload));
      edit(manifest);
      return customSection(SECTION, new TextEncoder().encode(JSON.stringify(manifest)));
    });
    return writeSections(sections);
  } catch {
    return wasm;
  }
}
