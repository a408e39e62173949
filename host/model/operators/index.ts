/** The rule book: what must hold for each kind of layer. Importers fill attributes, and ask it. */
export type { AttributeRule, Attributes } from "./attributes.ts";
export { problemAt } from "./finding.ts";
export { Judge, type Operands, operatorName, outputRole, rolesOf } from "./judge.ts";
export {
  ACTIVATION_OPERAND,
  EDGE,
  INDEX,
  NARROW,
  type Operand,
  type Role,
  roleName,
  SIGNED,
  typeFinding,
  WIDE_EDGE,
} from "./operands.ts";
export { OPERATORS } from "./rows.ts";
export { aligned } from "./shapes.ts";
