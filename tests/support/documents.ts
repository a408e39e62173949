/** The schema of `--json` documents, as a check. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { ROOT } from "./readmes.ts";

const SCHEMA = JSON.parse(readFileSync(join(ROOT, "host/cli/document.schema.json"), "utf8"));
// as strict as any reader may be: strictTypes and strictRequired are what a validator asks of a schema itself
const ajv = new Ajv2020({ allErrors: true, strict: true });
ajv.addSchema(SCHEMA, "documents");

/** The names of the schema's definitions: of verbs, and of what they share. */
export const definitions: readonly string[] = Object.keys(SCHEMA.$defs);

/** What is wrong with a document of this definition: nothing where it is what the schema says. */
export function misfits(definition: string, document: unknown): string[] {
  const check = ajv.getSchema(`documents#/$defs/${definition}`);
  if (!check) throw new Error(`the schema knows no ${definition}`);
  check(document);
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
