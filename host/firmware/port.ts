/** A port's recipe, firmware/ports/NAME/port.json: which compiler, which flags, what it runs on. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../errors.ts";
import type { ElfSizes } from "./elf.ts";
import { FIRMWARE } from "./root.ts";

export type Port = {
  /** of the folder */
  readonly name: string;
  readonly title: string;
  /** who has seen it run: `emulated`, `this computer`, or `compiled` when nobody has */
  readonly tested: "emulated" | "this computer" | "compiled";
  /** the C compiler, which also links */
  readonly compiler: string;
  /** Debian packages of the compiler and its C library */
  readonly packages: readonly string[];
  /** instruction set and ABI, for every file and the linker */
  readonly cpu: readonly string[];
  /** for every file but those in `optimiseFile` */
  readonly optimise: readonly string[];
  /** by file name */
  readonly optimiseFile?: Readonly<Record<string, readonly string[]>>;
  /** a folder beside the port's, without a recipe of its own, whose C files belong to this port too */
  readonly shared?: string;
  /** WASM3's loads and stores are compiled for naturally aligned addresses: 32-bit boards only */
  readonly aligned: boolean;
  /** in the port's folder; none when the system's own does */
  readonly linkerScript?: string;
  readonly link: readonly string[];
  /** what the board has, and how the linker script shares it out, in bytes. None for a process */
  readonly memory?: {
    readonly flashBytes: number;
    readonly ramBytes: number;
    /** of one of the two slots, its header page included */
    readonly slotBytes: number;
    readonly arenaBytes: number;
    readonly stackBytes: number;
  };
  /** what the firmware took when `npm run firmware -- --record` was run last */
  readonly measured?: ElfSizes & { readonly compiler: string };
  /** how to run it on this computer; `{elf}` stands for the built file */
  readonly emulator?: {
    readonly command: string;
    readonly args: readonly string[];
    readonly packages: readonly string[];
  };
};

const PORTS = join(FIRMWARE, "ports");
const RECIPE = "port.json";

export const portFolder = (name: string): string => join(PORTS, name);

/** Where a port's C files and headers lie: its own first. */
export const portFolders = ({ name, shared }: Port): string[] =>
  [name, ...(shared === undefined ? [] : [shared])].map(portFolder);

/** The names of all ports, in order. A folder without a recipe is none. */
export const listPorts = (): string[] =>
  readdirSync(PORTS)
    .filter((name) => existsSync(join(PORTS, name, RECIPE)))
    .sort();

export function readPort(name: string): Port {
  const ports = listPorts();
  if (!ports.includes(name)) fail("USAGE", "port", name, `one of ${ports.join(", ")}`);
  return { ...JSON.parse(readFileSync(join(PORTS, name, RECIPE), "utf8")), name };
}

/** Notes in the recipe what the firmware takes, for boards whose compiler is not there. */
export function recordSizes(name: string, measured: NonNullable<Port["measured"]>): void {
  const file = join(PORTS, name, RECIPE);
  const text = readFileSync(file, "utf8");
  const { measured: _, ...recipe } = JSON.parse(text);
  const line = JSON.stringify(measured, null, 1).replace(/\n\s*/g, " ");
  const body = text.replace(/,?\n {2}"measured": .*/, "").trimEnd();
  if (JSON.stringify(JSON.parse(body)) !== JSON.stringify(recipe)) {
    throw new Error(`${file}: "measured" is not one line`);
  }
  writeFileSync(file, `${body.slice(0, -1).trimEnd()},\n  "measured": ${line}\n}\n`);
}

export const aptLine = (packages: readonly string[]): string =>
  `apt-get install --no-install-recommends ${packages.join(" ")}`;
