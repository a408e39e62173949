/** Threads with an instance each, as built: one that traps is gone, the others answer. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import type { TwentyWattError } from "../../../host/errors.ts";
import { builtTest } from "../../support/built.ts";
import { exportGlobals, GLOBALS, handmade } from "../../support/handmade-module.ts";
import { ROOT } from "../../support/readmes.ts";

/** Copies its input, unless that is 9. */
const SOURCE = `${exportGlobals(GLOBALS)}
export function init(): i32 { return 0; }
export function step(): i32 {
  if (load<u8>(16) == 9) unreachable();
  store<u64>(24, load<u64>(16));
  return 0;
}`;

builtTest("an instance that traps says so, and those beside it go on", async () => {
  const built = pathToFileURL(join(ROOT, "build/host/runtime/index.js"));
  const { openCrew }: typeof import("../../../host/runtime/index.ts") = await import(built.href);
  const { signal } = new AbortController();
  const crew = await openCrew(await handmade({ source: SOURCE }), 2, {
    ...{ stepLimitSeconds: 60, signal },
  });
  try {
    const two = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1);
    expect((await crew.infer(0, two)).outputs).toEqual(two);
    const trapped = await crew.infer(0, new Uint8Array(8).fill(9)).catch((error: unknown) => error);
    expect((trapped as TwentyWattError).problems?.map(({ code }) => code)).toEqual(["DEVICE_TRAP"]);
    const { outputs, elapsedNs } = await crew.infer(1, two);
    expect(outputs).toEqual(two);
    expect(elapsedNs.length).toBe(2);
    await expect(crew.infer(2, two)).rejects.toThrow("instance 2 of 2");
  } finally {
    await crew.close();
  }
});
