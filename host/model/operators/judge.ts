/** Judges the operators of one graph by the rule book. */
import type { Problem } from "../../errors.ts";
import { at } from "../at.ts";
import type { LayerKind, LayerNode, NodeOf, Tensor } from "../graph.ts";
import { type AttributeRule, attributeFinding } from "./attributes.ts";
import { type Finding, finding, problemAt } from "./finding.ts";
import {
  ACTIVATION_OPERAND,
  EDGE,
  fitFinding,
  INDEX,
  type Operand,
  type Role,
  roleName,
  state,
  tensorFinding,
  WIDE_ACTIVATION,
  WIDE_EDGE,
} from "./operands.ts";
import { OPERATORS, type OperatorRule } from "./rows.ts";

const WIDE_STATE = state("i16");

/** The tensors of one operator. */
export type Operands = { readonly inputs: readonly Tensor[]; readonly output: Tensor };

/** The tensor of operand k, which is judged in this role; null where the importer has said why there is none. */
export type TensorOf = (k: number, operand: Operand) => Tensor | null;

/** What the operands of a node of `count` inputs must be; where the count is wrong, these are more or fewer. */
export function rolesOf(kind: LayerKind, count: number): readonly Role[] {
  const { operands } = OPERATORS[kind];
  return operands === "many"
    ? Array<Role>(Math.max(1, count)).fill(outputRole(kind) as Role)
    : operands;
}

/** What the output of a node must be. */
export const outputRole = (kind: LayerKind): Operand =>
  OPERATORS[kind].output ?? ACTIVATION_OPERAND;

/** Under which an edge is judged: as an activation of its type where it may be one. */
function edgeName({ dtype }: Tensor, operand: Operand & { readonly role: "edge" }): string {
  if (dtype === "u8") return "edge";
  return roleName(dtype === "i16" && operand.wide ? WIDE_ACTIVATION : operand);
}

/** Where a problem of an operator is, in every format. */
export const operatorName = (index: number, kind: string, layer: string): string =>
  `operator ${index} (${kind}), layer ${layer}`;

/** Notes problems. What is wrong with a tensor is said once, however many operators read it in that role. */
export class Judge {
  readonly #problems: Problem[];
  readonly #sound = new Map<Tensor, Map<string, boolean>>();

  constructor(problems: Problem[]) {
    this.#problems = problems;
  }

  /** An input or output of the graph; indices are outputs alone. */
  port(tensor: Tensor, output = false): boolean {
    const index = output && tensor.dtype === "i32" && tensor.data === null;
    return this.#tensor(tensor, index ? INDEX : WIDE_EDGE);
  }

  /** What the graph keeps: what an operator could make, or a layer writes where it is. */
  variable(tensor: Tensor): boolean {
    return this.#tensor(tensor, tensor.dtype === "i16" ? WIDE_STATE : EDGE);
  }

  /** The operands, or null after noting what is wrong: where they are sound, attributes can be computed from them. */
  operands(
    kind: LayerKind,
    count: number,
    tensorOf: TensorOf,
    output: Tensor | null,
    where: string,
  ): Operands | null {
    const roles = rolesOf(kind, count);
    if (count !== roles.length) {
      this.#note(where, finding("MODEL_FORMAT", `${count} inputs`, `${roles.length} inputs`));
      return null;
    }
    const inputs: Tensor[] = [];
    // a bias has as many values as the weights before it have channels: it is judged where these are sound
    let bias: { readonly channels: number } | null = null;
    for (const [k, role] of roles.entries()) {
      const operand: Operand | null =
        role.role !== "bias" || "channels" in role ? role : bias && { ...role, ...bias };
      if (operand === null) continue;
      const tensor = tensorOf(k, operand);
      if (tensor === null || !this.#operand(tensor, operand, where)) continue;
      inputs.push(tensor);
      if (role.role === "weights") bias = { channels: at(tensor.shape, role.axis) };
    }
    const sound = output !== null && this.#output(output, outputRole(kind), where);
    return sound && inputs.length === roles.length ? { inputs, output } : null;
  }

  /** Attributes, shape and quantisation of a node whose operands are sound. */
  node(node: LayerNode, { inputs, output }: Operands, where: string): void {
    // the one cast that TypeScript cannot follow: the row belongs to the kind
    const rule = OPERATORS[node.kind] as unknown as OperatorRule<LayerKind>;
    const attributes = Object.entries(rule.attributes).map(([name, attribute]) =>
      attributeFinding(name, node[name as keyof LayerNode], attribute as AttributeRule),
    );
    const shapes = inputs.map(({ shape }) => shape);
    const sound = attributes.every((found) => found === null);
    const shape = sound ? rule.shape(node as NodeOf<LayerKind>, shapes, output.shape) : null;
    for (const found of [...attributes, shape, rule.quantisation(inputs, output)]) {
      if (found !== null) this.#note(where, found);
    }
  }

  #tensor(tensor: Tensor, operand: Operand): boolean {
    const known = this.#sound.get(tensor) ?? new Map<string, boolean>();
    this.#sound.set(tensor, known);
    // what differs between an edge and an activation is only whether it may be uint8 or int16
    const role = operand.role === "edge" ? edgeName(tensor, operand) : roleName(operand);
    const before = known.get(role);
    if (before !== undefined) return before;
    const found = tensorFinding(tensor, operand);
    if (found !== null) this.#note(`tensor ${tensor.name}`, found);
    known.set(role, found === null);
    return found === null;
  }

  #operand(tensor: Tensor, operand: Operand, where: string): boolean {
    if (!this.#tensor(tensor, operand)) return false;
    const found = fitFinding(tensor, operand);
    if (found !== null) this.#note(where, found);
    return found === null;
  }

  #output(tensor: Tensor, role: Operand, where: string): boolean {
    const sound = this.#tensor(tensor, role);
    if (tensor.data === null) return sound;
    this.#note(where, finding("MODEL_FORMAT", "a constant output", "an output that is computed"));
    return false;
  }

  #note(where: string, found: Finding): void {
    this.#problems.push(problemAt(where, found));
  }
}
