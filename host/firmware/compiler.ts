/** A C compiler as a process. */
import { execFile, spawnSync } from "node:child_process";
import { fail } from "../errors.ts";
import { aptLine, type Port } from "./port.ts";

export type Compiler = {
  /** the first line of its `--version` */
  readonly version: string;
  /** raises FIRMWARE with the compiler's own words, TARGET_MISSING when its C library is not there */
  readonly run: (args: readonly string[], what: string) => Promise<void>;
};

/** The port's compiler; TARGET_MISSING when it does not start. */
export function compiler(port: Port): Compiler {
  const { stdout, status } = spawnSync(port.compiler, ["--version"], { encoding: "utf8" });
  if (status !== 0) missing(port, "nothing of this name");
  return {
    version: stdout.split("\n")[0] ?? "",
    run: (args, what) =>
      new Promise((resolve, reject) => {
        execFile(port.compiler, args, { encoding: "utf8" }, (error, _, stderr) => {
          if (!error) return resolve();
          try {
            refused(port, what, stderr.trim() || error.message);
          } catch (problem) {
            reject(problem);
          }
        });
      }),
  };
}

/** A compiler without its C library knows neither the standard headers nor its `--specs`. */
const NO_LIBRARY =
  /fatal error: string\.h|no include path .*string\.h|cannot read spec file|cannot find (?:-lc|crt)/;

function refused(port: Port, what: string, words: string): never {
  const library = words.match(NO_LIBRARY)?.[0];
  if (library) missing(port, library);
  fail("FIRMWARE", what, `from ${port.compiler}:\n${words}\n`, "no error");
}

const missing = (port: Port, got: string): never =>
  fail(
    "TARGET_MISSING",
    port.compiler,
    got,
    `a C compiler and its library, for the port ${port.name}`,
    `As root: ${aptLine(port.packages)}`,
  );
