/** asconfig.json: how asc compiles each build. In one place for this compiler, editors and asc's own command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../module/manifest.ts";
import { ROOT } from "./root.ts";

/** The options of asc that our modules use, by its own names. */
export type AscOptions = {
  readonly noAssert: boolean;
  /** "name=other": a global name for another, or for nothing */
  readonly use: readonly string[];
  /** features of WebAssembly beyond asc's defaults, or not among them */
  readonly enable: readonly string[];
  readonly disable: readonly string[];
};

/** What passes.ts is made for, and what standard-library.ts leaves out. */
const FIXED = { optimizeLevel: 3, shrinkLevel: 0, runtime: "stub" } as const;

/** @throws for an option that this compiler would pass over in silence */
export function ascOptions(
  build: Build,
  text = readFileSync(join(ROOT, "asconfig.json"), "utf8"),
): AscOptions {
  const { options, targets } = JSON.parse(text);
  const {
    enable = [],
    disable = [],
    noAssert = false,
    use = [],
    ...rest
  } = {
    ...options,
    ...targets[build],
  };
  for (const name of Object.keys({ ...FIXED, ...rest })) {
    const fixed = FIXED[name as keyof typeof FIXED];
    if (fixed === undefined || rest[name] !== fixed) {
      throw new Error(
        `asconfig.json: ${name}: got ${JSON.stringify(rest[name])}, expected ${JSON.stringify(fixed) ?? "another option"}`,
      );
    }
  }
  return { enable, disable, noAssert, use };
}
