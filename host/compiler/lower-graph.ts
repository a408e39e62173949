/** Asks the operator table about every node, and collects what every row objects to before anything is compiled. */
import { type Problem, problem, TwentyWattError } from "../errors.ts";
import { byteLength, type LayeredGraph, type LayerNode, variablesOf } from "../model/graph.ts";
import { type Alias, type Lowering, lower, type Rows } from "./lowering.ts";
import type { CompileOptions } from "./options.ts";

export type LoweredNode = { readonly node: LayerNode; readonly lowered: Lowering | Alias };

export const isAlias = (lowered: Lowering | Alias): lowered is Alias => "alias" in lowered;

/** Ten times what the deepest networks for boards have; a module of so many takes minutes to compile. */
export const MAX_OPERATORS = 8192;

/** Raises every problem of every node at once. */
export function lowerGraph(
  graph: LayeredGraph,
  rows: Rows,
  options: CompileOptions,
): readonly LoweredNode[] {
  const problems = structureProblems(graph);
  const nodes: LoweredNode[] = [];
  if (problems.length === 0) {
    for (const node of graph.nodes) {
      try {
        const lowered = lower(rows, node, graph, options);
        if (isAlias(lowered)) problems.push(...aliasProblems(graph, node, lowered));
        nodes.push({ node, lowered });
      } catch (error) {
        if (!(error instanceof TwentyWattError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  if (problems.length > 0) throw new TwentyWattError(problems);
  return nodes;
}

/** What the plan takes for granted: every tensor exists, is written once, and before it is read. */
export function structureProblems(graph: LayeredGraph): Problem[] {
  const problems: Problem[] = [];
  if (graph.nodes.length > MAX_OPERATORS) {
    const got = `${graph.nodes.length} operators`;
    return [problem("MODULE_TOO_BIG", graph.source.name, got, `at most ${MAX_OPERATORS}`)];
  }
  const written = new Set<number>();
  graph.tensors.forEach((tensor, t) => {
    if (tensor.data === null) return;
    written.add(t);
    if (tensor.data.byteLength === byteLength(tensor)) return;
    const got = `${tensor.data.byteLength} bytes for shape [${tensor.shape}]`;
    problems.push(problem("MODEL_SHAPE", tensor.name, got, `${byteLength(tensor)} bytes`));
  });
  const read = (where: string, t: number): void => {
    if (written.has(t)) return;
    const got = `tensor ${graph.tensors[t]?.name ?? t}, which nothing wrote before`;
    problems.push(problem("MODEL_FORMAT", where, got, "operators in execution order"));
  };
  const write = (where: string, t: number): void => {
    if (graph.tensors[t] !== undefined && !written.has(t)) written.add(t);
    else
      problems.push(problem("MODEL_FORMAT", where, `tensor ${t} twice`, "one writer per tensor"));
  };
  for (const { tensor } of graph.inputs) write("inputs", tensor);
  for (const { name, tensor } of variablesOf(graph)) write(`variable ${name}`, tensor);
  for (const node of graph.nodes) {
    for (const t of node.inputs) read(node.name, t);
    write(node.name, node.output);
  }
  for (const { tensor } of graph.outputs) read("outputs", tensor);
  for (const variable of variablesOf(graph)) {
    const { name, tensor, next, initial } = variable;
    read(`variable ${name}`, next);
    const [before, after] = [graph.tensors[tensor], graph.tensors[next]];
    if (before === undefined || after === undefined) continue;
    const sizes = [before, after].map(byteLength);
    if (sizes.every((bytes) => bytes === initial.length)) continue;
    const got = `${initial.length} bytes at the start, tensors of ${sizes.join(" and ")}`;
    problems.push(problem("MODEL_SHAPE", `variable ${name}`, got, "as many each"));
  }
  return problems;
}

function aliasProblems(graph: LayeredGraph, node: LayerNode, { alias, offset }: Alias): Problem[] {
  const [from, to] = [graph.tensors[alias], graph.tensors[node.output]];
  if (from && to) {
    const [there, wanted] = [byteLength(from), byteLength(to)];
    // a slice is a part, anything else is the whole
    if (node.kind === "STRIDED_SLICE" ? offset + wanted <= there : wanted === there) return [];
  }
  const got = `${node.kind} of [${from?.shape}] to [${to?.shape}]`;
  return [problem("MODEL_SHAPE", node.name, got, "as many elements as before")];
}
