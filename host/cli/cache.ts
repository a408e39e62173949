/** `cache [clean]`: where compiled modules are kept between runs, how much that is, and how to be rid of it. */
import { Argument, type Command } from "commander";
import { cacheFolder } from "../cache-folder.ts";
import { CACHE_LIMIT_BYTES, cacheSize, cleanCache } from "../compiler/cache-size.ts";
import { withIo } from "../files/file.ts";
import { count, labelled, plural } from "../text.ts";
import { withExamples } from "./help.ts";
import type { Result, Session } from "./result.ts";

export const define = (command: Command): Command =>
  withExamples(
    command
      .description("show what is kept between runs, or remove it")
      .addArgument(
        new Argument(
          "[action]",
          "clean removes all of it: models compile anew, and modules from before count as anybody's",
        ).choices(["clean"]),
      ),
    [
      { what: "where it is and how much it holds", line: "twentywatt cache" },
      { what: "empty it", line: "twentywatt cache clean" },
    ],
  );

export async function run(_: Session, action: "clean" | undefined): Promise<Result> {
  const folder = cacheFolder();
  const removed =
    action === undefined
      ? null
      : await withIo(folder, "a folder whose files may be removed", () => cleanCache(folder));
  const { modules, firmware } = await withIo(folder, "a readable folder", () => cacheSize(folder));
  const bytes = modules.bytes + firmware.bytes;
  return {
    json: {
      folder,
      modules: { ...modules, limitBytes: CACHE_LIMIT_BYTES },
      firmware,
      bytes,
      removed,
    },
    text: [
      ...labelled("cache", [`${folder}, ${count(bytes)} bytes`]),
      ...labelled("modules", [
        `${plural(modules.count, "module")}, ${count(modules.bytes)} bytes; beyond ` +
          `${count(CACHE_LIMIT_BYTES)} those used longest ago are removed`,
      ]),
      ...labelled("firmware", [
        `${plural(firmware.files, "file")}, ${count(firmware.bytes)} bytes: WASM3's sources and what was built of them`,
      ]),
      ...labelled(
        "removed",
        removed ? [`${plural(removed.files, "file")}, ${count(removed.bytes)} bytes`] : [],
      ),
    ],
  };
}
