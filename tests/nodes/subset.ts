/** What another Node must do as the one that runs the tests: the built program as a process of each, bytes compared. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { at } from "../../host/model/at.ts";

export const MAIN = fileURLToPath(new URL("../../build/host/cli/main.js", import.meta.url));
const OPENS = fileURLToPath(new URL("opens.mjs", import.meta.url));

/** The form of Node's own warnings: a version that deprecates what the program uses says so on stderr. */
const NODE_WARNING = /\(node:\d+\)|Warning:/;

/** One call of the program, and the files that it leaves. */
export type Task = { readonly args: readonly string[]; readonly files: readonly string[] };

const COMPILED = [
  { args: ["compile", "net:lif", "--build", "simd", "-o", "lif.wasm"], files: ["lif.wasm"] },
  { args: ["inspect", "lif.wasm"], files: [] },
  {
    args: [
      ...["run", "lif.wasm", "--steps", "2000", "--seed", "7", "--output", "lif.csv"],
      ...["--record", "neuron.v=v.csv", "--save-state", "lif.state"],
    ],
    files: ["lif.csv", "v.csv", "lif.state"],
  },
] as const satisfies readonly Task[];

const RECORDED = [
  { args: ["record", "csv:in.csv?rate=10000", "-o", "in.rec"], files: [] },
  { args: ["replay", "in.rec", "--export", "out.csv"], files: [] },
] as const satisfies readonly Task[];

/** All that is not in the subset but may be asked of the program without data. */
export const MORE: readonly Task[] = [
  {
    args: ["run", "net:demo-int8", "--samples", "50", "--seed", "3", "--output", "int8.bin"],
    files: ["int8.bin"],
  },
  {
    args: ["run", "net:cuba", "--steps", "500", "--seed", "1", "--output", "cuba.events.csv"],
    files: ["cuba.events.csv"],
  },
];

/** Does all of it with both Nodes. */
export function sameAsHere(node: string, more: readonly Task[] = []): void {
  const [here, there] = [new Workplace(process.execPath), new Workplace(node)];
  try {
    for (const { args, files } of [...COMPILED, ...RECORDED, ...more]) {
      const [ours, theirs] = [here.run(args), there.run(args)];
      const call = args.join(" ");
      expect(theirs.stderr, call).not.toMatch(NODE_WARNING);
      if (args[0] === "inspect") expect(theirs.stdout).toBe(ours.stdout);
      for (const file of files) {
        expect(Buffer.compare(there.bytes(file), here.bytes(file)), `${call}: ${file}`).toBe(0);
      }
    }
    for (const place of [here, there]) expect(place.exported()).toEqual(ROWS);
    const { rows, stderr } = there.serialRows();
    expect(stderr).toBe("");
    expect(rows.length).toBeGreaterThanOrEqual(200);
    const first = at(at(rows, 0), 0);
    // as opens.mjs prints them
    expect(rows).toEqual(rows.map((_, k) => [(first + k) % 10, -2 * ((first + k) % 10) + 0]));
  } finally {
    here.remove();
    there.remove();
  }
}

/** Of the file that is recorded and exported. */
const ROWS: readonly string[] = Array.from({ length: 500 }, (_, k) => `${k / 8},${3 - k}`);

/** A Node, and the folder in which it works. */
class Workplace {
  readonly #node: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "twentywatt-node-"));

  constructor(node: string) {
    this.#node = node;
    writeFileSync(join(this.#folder, "in.csv"), `${ROWS.join("\n")}\n`);
  }

  /** Runs the program, or another script; it must succeed. */
  run(
    args: readonly string[],
    script = MAIN,
  ): { readonly stdout: string; readonly stderr: string } {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const { status, error, stdout, stderr } = spawnSync(this.#node, [script, ...args], {
      ...{ cwd: this.#folder, encoding: "utf8" },
      env: { ...env, XDG_CACHE_HOME: join(this.#folder, "cache") },
    });
    expect([status, error], `${args.join(" ")}: ${stderr}`).toEqual([0, undefined]);
    return { stdout, stderr };
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.#folder, name)));
  }

  /** The values of the recording, without its times. */
  exported(): string[] {
    const lines = new TextDecoder().decode(this.bytes("out.csv")).trimEnd().split("\n");
    return lines.slice(1).map((line) => line.slice(line.indexOf(",") + 1));
  }

  /** Rows of a serial sensor, opened through koffi and serialport. */
  serialRows(): { readonly rows: readonly (readonly number[])[]; readonly stderr: string } {
    const { stdout, stderr } = this.run([], OPENS);
    const values: readonly number[] = JSON.parse(stdout);
    const rows = values.flatMap((a, k) => (k % 2 === 0 ? [[a, at(values, k + 1)]] : []));
    return { rows, stderr };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
