/** Reads a graph written as JSON: for networks that other programs build, without a file format of their own. */
import { fail, type Problem, problem, TwentyWattError } from "../../errors.ts";
import { GRAPH_VERSION, type Graph, type Source } from "../../model/graph.ts";
import { signalProblems } from "../../model/signal-problems.ts";
import { checkNodes } from "./check.ts";
import { checkSpiking } from "./check-spiking.ts";
import { Fields } from "./fields.ts";
import { readGraph } from "./read.ts";
import { readFront } from "./read-front.ts";
import { readSpiking } from "./read-spiking.ts";
import { contentDigest } from "./write.ts";

export { graphJson } from "./write.ts";

/** A JSON object: the first character that is no space is its brace. */
export function isGraphJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === "{".charCodeAt(0);
}

/**
 * Raises every problem at once, as all importers do. A document that graphJson() wrote keeps the source it names, as long
 * as nobody changed it; any other is its own source.
 */
export function importGraphJson(bytes: Uint8Array, file: Source): Graph {
  const problems: Problem[] = [];
  const fields = new Fields(parsed(bytes), "graph", problems);
  if (!fields.has("kind") && !fields.has("nodes")) refuseOther();
  const version = fields.integer("version", 1, GRAPH_VERSION);
  const kind = fields.oneOf("kind", version === 1 ? ["layered"] : ["layered", "spiking"]);
  const own = kind === "layered" ? readGraph(fields, file) : readSpiking(fields, file);
  const fronted = version > 1 && fields.has("front");
  const graph: Graph = fronted ? { ...own, front: readFront(fields.object("front")) } : own;
  const origin = version > 1 && fields.has("source") ? originOf(fields.object("source")) : null;
  fields.close();
  // what fields mean together can only be judged once each is what it should be
  if (problems.length === 0) {
    if (graph.kind === "layered") checkNodes(graph, problems);
    else checkSpiking(graph, problems);
    if (graph.front !== undefined) problems.push(...signalProblems(graph.front));
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  if (origin === null || origin.content !== contentDigest(graph)) return graph;
  return { ...graph, source: origin.source };
}

/** What has neither is some other file: to list all the fields of a graph that it lacks would explain nothing. */
function refuseOther(): never {
  return fail(
    "MODEL_FORMAT",
    "graph",
    "JSON without a kind and without nodes",
    'a graph: an object with version, kind ("layered" or "spiking"), nodes and what else belongs to it',
    "Give a file that graphJson() or `twentywatt compile MODEL -o FILE.json` wrote.",
  );
}

type Origin = { readonly source: Source; readonly content: string };

function originOf(fields: Fields): Origin {
  const source: Source = {
    name: fields.text("name"),
    format: fields.oneOf("format", ["tflite", "nir", "graph", "net"]),
    sha256: fields.text("sha256"),
  };
  const content = fields.text("content");
  fields.close();
  return { source, content };
}

/** A graph has seven levels: the padding of a window of a node. */
const MAX_DEPTH = 64;

function parsed(bytes: Uint8Array): unknown {
  refuseDeep(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TwentyWattError(problem("MODEL_FORMAT", "graph", "text that is not JSON", "JSON"), {
      cause,
    });
  }
}

/** What is nested without end could overflow the stack of whoever walks through it. */
function refuseDeep(bytes: Uint8Array): void {
  let depth = 0;
  let inText = false;
  let escaped = false;
  for (const [k, byte] of bytes.entries()) {
    if (inText) {
      inText = escaped || byte !== QUOTE;
      escaped = !escaped && byte === BACKSLASH;
    } else if (byte === QUOTE) inText = true;
    else if (byte === BRACE || byte === BRACKET) depth += 1;
    else if (byte === BRACE + 2 || byte === BRACKET + 2) depth -= 1;
    if (depth <= MAX_DEPTH) continue;
    const where = `graph, byte ${k}`;
    throw new TwentyWattError(
      problem("MODEL_FORMAT", where, `more than ${MAX_DEPTH} levels`, `at most ${MAX_DEPTH}`),
    );
  }
}

const [QUOTE, BACKSLASH, BRACE, BRACKET] = [0x22, 0x5c, 0x7b, 0x5b] as const;
