/** Why a model is refused, in words that many models share. */
import { DEFAULT_OPTIONS, plan } from "../../host/compiler/index.ts";
import { type Problem, TwentyWattError } from "../../host/errors.ts";
import { importModel } from "../../host/importers/index.ts";
import type { Found } from "./models.ts";

/** Empty where the model is accepted. */
export async function reasonsOf({ name, bytes }: Found): Promise<readonly string[]> {
  try {
    plan(await importModel(bytes, name), DEFAULT_OPTIONS);
    return [];
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    return [...new Set(error.problems.map(reasonOf))];
  }
}

/** An operator by its name; anything else without the numbers of this model. */
function reasonOf({ code, got, expected }: Problem): string {
  if (code === "MODEL_OP" && expected.startsWith("one of ")) return got;
  return got
    .replace(/^.* (before it is computed|computed twice)$/, "a tensor $1")
    .replace(/\[[^\]]*\]/g, "[…]")
    .replace(/(?<![a-z\d])[−-]?\d[\d.,]*/gi, "N")
    .slice(0, 60);
}
