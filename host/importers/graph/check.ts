/** What the indices of a graph must be. Operators are judged by the rule book, as in every format. */
import { type Problem, problem } from "../../errors.ts";
import { at } from "../../model/at.ts";
import {
  byteLength,
  type LayeredGraph,
  type Port,
  perTensor,
  type Tensor,
} from "../../model/graph.ts";
import { Judge, operatorName } from "../../model/operators/index.ts";

/** Notes every problem of every node and port. Order and single writers are the compiler's to judge. */
export function checkNodes(
  { tensors, nodes, inputs, outputs, variables }: LayeredGraph,
  problems: Problem[],
) {
  const judge = new Judge(problems);
  const found = (where: string, indices: readonly number[]): readonly Tensor[] | null => {
    const list = indices.flatMap((k) => tensors[k] ?? []);
    if (list.length === indices.length) return list;
    const wrong = indices.find((k) => tensors[k] === undefined);
    const expected = `one of ${tensors.length} tensors`;
    problems.push(problem("MODEL_FORMAT", where, `tensor ${wrong}`, expected));
    return null;
  };
  const sound = (where: string, { tensor, edge }: Port, output: boolean): Tensor | null => {
    const [port] = found(where, [tensor]) ?? [];
    if (port === undefined || !judge.port(port, output)) return null;
    if (edge === "f32" || edge === port.dtype) return port;
    const got = `edge ${edge} of a tensor ${port.dtype}`;
    problems.push(problem("MODEL_QUANT", where, got, `${port.dtype} or f32`));
    return null;
  };
  for (const [k, one] of inputs.entries()) {
    const port = sound(`input ${k}`, one, false);
    if (port === null || port.data === null) continue;
    const where = `input ${port.name}`;
    problems.push(problem("MODEL_FORMAT", where, "a constant", "a tensor of its own"));
  }
  for (const node of nodes) {
    const { index, kind, name, output } = node;
    const where = operatorName(index, kind, name);
    const [result, ...inputs] = found(where, [output, ...node.inputs]) ?? [];
    if (result === undefined) continue;
    const operands = judge.operands(kind, inputs.length, (k) => at(inputs, k), result, where);
    if (operands !== null) judge.node(node, operands, where);
  }
  for (const [k, one] of outputs.entries()) sound(`output ${k}`, one, true);
  for (const { name, tensor, next, initial } of variables ?? []) {
    const where = `variable ${name}`;
    const [before, after] = found(where, [tensor, next]) ?? [];
    if (before === undefined || after === undefined) continue;
    if (!judge.variable(before) || !judge.variable(after)) continue;
    const got = variableProblem(before, after, initial);
    if (got === null) continue;
    problems.push(problem("MODEL_FORMAT", where, got, "one type, shape and quantisation"));
  }
  if (inputs.length === 0 || outputs.length === 0) {
    problems.push(problem("MODEL_FORMAT", "graph", "no inputs or no outputs", "at least one each"));
  }
}

/** What keeps one tensor from taking the place of another when a step ends, or null. */
function variableProblem(before: Tensor, after: Tensor, initial: Uint8Array): string | null {
  if (before.data !== null) return "a constant that changes";
  if (before.dtype !== after.dtype || before.shape.join() !== after.shape.join()) {
    return `${before.dtype} [${before.shape}] and ${after.dtype} [${after.shape}]`;
  }
  const [a, b] = [perTensor(before), perTensor(after)];
  if (a.scale !== b.scale || a.zeroPoint !== b.zeroPoint) {
    return `scale ${a.scale}, zero point ${a.zeroPoint} and ${b.scale}, ${b.zeroPoint}`;
  }
  const bytes = byteLength(before);
  return initial.length === bytes ? null : `${initial.length} bytes at the start, not ${bytes}`;
}
