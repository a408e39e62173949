/** What is refused of a graph as JSON. */
import { type Problem, TwentyWattError } from "../../host/errors.ts";
import { importGraphJson } from "../../host/importers/graph/index.ts";

const SOURCE = { name: "test.json", format: "graph", sha256: "" } as const;
export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

export const problemsOf = (bytes: Uint8Array): readonly Problem[] => {
  try {
    importGraphJson(bytes, SOURCE);
    return [];
  } catch (error) {
    if (error instanceof TwentyWattError) return error.problems;
    throw error;
  }
};
