/**
 * `npm run data`: fetches the public part of the test data, from the repositories that published it, into
 * TWENTYWATT_DATA (../shared/data unless set). Exits with 0 when all of it is there, else with 1.
 *
 *   node tests/data/main.mjs [--from URL]     URL: a mirror in place of https://raw.githubusercontent.com
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { fetchFiles } from "./fetch.mjs";

const ORIGIN = "https://raw.githubusercontent.com";
const USAGE = "npm run data [-- --from URL]: URL is a mirror, http://localhost:8000 for one";

/** @type {import("./fetch.mjs").PublicFile[]} */
const files = JSON.parse(readFileSync(new URL("./public.json", import.meta.url), "utf8"));
const origin = chosenOrigin();
if (origin === null) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const folder = resolve(process.env.TWENTYWATT_DATA ?? "../shared/data");
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  console.log(
    `${files.length} public files, ${bytes} bytes, into ${folder}, what is missing from ${origin}`,
  );
  const { fetched, present, problems } = await fetchFiles(
    files.map((file) => ({ ...file, url: file.url.replace(ORIGIN, origin) })),
    folder,
    { say: console.log },
  );
  console.log(`${fetched} fetched, ${present} there already, ${problems} not as they should be`);
  process.exitCode = problems > 0 ? 1 : 0;
}

/** @returns {string | null} without a slash at its end; null when the arguments say nothing usable */
function chosenOrigin() {
  try {
    const { from } = parseArgs({ options: { from: { type: "string", default: ORIGIN } } }).values;
    return ["http:", "https:"].includes(new URL(from).protocol) ? from.replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}
