/** Reads a graph written as JSON: for networks that other programs build, without a file format of their own. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import type { LayeredGraph, Source } from "../../model/graph.ts";
import { checkNodes } from "./check.ts";
import { Fields } from "./fields.ts";
import { readGraph } from "./read.ts";

export { graphJson } from "./write.ts";

/** A JSON object: the first character that is no space is its brace. */
export function isGraphJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === "{".charCodeAt(0);
}

/** Raises every problem at once, as all importers do. */
export function importGraphJson(bytes: Uint8Array, source: Source): LayeredGraph {
  const problems: Problem[] = [];
  const graph = readGraph(new Fields(parsed(bytes), "graph", problems), source);
  // shapes can only be judged once every field is what it should be
  if (problems.length === 0) checkNodes(graph, problems);
  if (problems.length > 0) throw new TwentyWattError(problems);
  return graph;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TwentyWattError(problem("MODEL_FORMAT", "graph", "text that is not JSON", "JSON"), {
      cause,
    });
  }
}
