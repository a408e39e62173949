/**
 * Mutants of TypeScript. Words of messages are left alone, and so are types: what changes is what is computed.
 */
import ts from "typescript";
import { type Change, type Mutant, mutantsOf } from "./mutant.ts";

const { SyntaxKind } = ts;

/** Operator → what stands there instead. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "**": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
  "+=": ["-="],
  "-=": ["+="],
  "*=": ["/="],
  "/=": ["*="],
  "|=": ["&="],
  "||=": ["&&="],
};

/** Member → another one of the same type. */
const MEMBERS: Readonly<Record<string, string>> = {
  round: "floor",
  floor: "ceil",
  ceil: "floor",
  min: "max",
  max: "min",
  every: "some",
  some: "every",
  push: "unshift",
};

/** Calls whose arguments are words for people. */
const WORDS = new Set(["fail", "problem", "wrong", "bad", "broken", "damaged", "Error", "refusal"]);

export function typescriptMutants(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true);
  const changes: Change[] = [];
  const visit = (node: ts.Node, inside: string): void => {
    if (isSkipped(node)) return;
    const name = functionName(node) ?? inside;
    for (const [of, text] of changesOf(node)) {
      changes.push({ start: of.getStart(tree), end: of.getEnd(), text, inside: name });
    }
    node.forEachChild((child) => {
      if (!isWords(child)) visit(child, name);
    });
  };
  visit(tree, "");
  return mutantsOf(file, source, changes);
}

const isSkipped = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTemplateSpan(node);

/** An argument of a call that makes a message. */
function isWords(node: ts.Node): boolean {
  const { parent } = node;
  const call = parent && (ts.isCallExpression(parent) || ts.isNewExpression(parent));
  return call && parent.expression !== node && WORDS.has(parent.expression.getText());
}

function functionName(node: ts.Node): string | null {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
    return node.name?.getText() ?? null;
  }
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (ts.isVariableDeclaration(node) && node.initializer && isFunction(node.initializer)) {
    return node.name.getText();
  }
  return null;
}

const isFunction = (node: ts.Node): boolean =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node);

/** What is replaced, and by what. */
type Replacement = readonly [ts.Node, string];

function changesOf(node: ts.Node): readonly Replacement[] {
  if (ts.isBinaryExpression(node)) return ofBinary(node);
  if (ts.isPrefixUnaryExpression(node)) return ofPrefix(node);
  if (ts.isPostfixUnaryExpression(node)) {
    const other = node.operator === SyntaxKind.PlusPlusToken ? "--" : "++";
    return [[node, `${node.operand.getText()}${other}`]];
  }
  if (ts.isNumericLiteral(node)) return ofNumber(node);
  if (ts.isBigIntLiteral(node)) return [[node, `${BigInt(node.text.slice(0, -1)) + 1n}n`]];
  if (node.kind === SyntaxKind.TrueKeyword) return [[node, "false"]];
  if (node.kind === SyntaxKind.FalseKeyword) return [[node, "true"]];
  if (ts.isCallExpression(node)) return ofCall(node);
  if (ts.isIfStatement(node)) return constants(node.expression);
  if (ts.isConditionalExpression(node)) return constants(node.condition);
  if (ts.isWhileStatement(node)) return [[node.expression, "false"]];
  if (ts.isForStatement(node) && node.condition) return [[node.condition, "false"]];
  return isRemovable(node) ? [[node, ";"]] : [];
}

const constants = (condition: ts.Expression): readonly Replacement[] => [
  [condition, "true"],
  [condition, "false"],
];

function ofBinary(node: ts.BinaryExpression): readonly Replacement[] {
  const { operatorToken, left, right } = node;
  const others = OPERATORS[operatorToken.getText()] ?? [];
  const replaced = others.map((text): Replacement => [operatorToken, text]);
  // an operand that does not matter
  const neutral =
    operatorToken.kind === SyntaxKind.AmpersandAmpersandToken
      ? "true"
      : operatorToken.kind === SyntaxKind.BarBarToken
        ? "false"
        : null;
  const operands: readonly Replacement[] =
    neutral === null ? [] : [left, right].map((operand) => [operand, neutral]);
  return [...replaced, ...operands];
}

function ofPrefix(node: ts.PrefixUnaryExpression): readonly Replacement[] {
  const operand = node.operand.getText();
  switch (node.operator) {
    case SyntaxKind.ExclamationToken:
    case SyntaxKind.MinusToken:
      return [[node, operand]];
    case SyntaxKind.PlusPlusToken:
      return [[node, `--${operand}`]];
    case SyntaxKind.MinusMinusToken:
      return [[node, `++${operand}`]];
    default:
      return [];
  }
}

function ofNumber(node: ts.NumericLiteral): readonly Replacement[] {
  const value = Number(node.text);
  const next = Number.isInteger(value) ? value + 1 : 2 * value;
  return value === 0
    ? [[node, "1"]]
    : [
        [node, `${next}`],
        [node, `${Number.isInteger(value) ? value - 1 : value / 2}`],
      ];
}

function ofCall({ expression, arguments: given }: ts.CallExpression): readonly Replacement[] {
  if (!ts.isPropertyAccessExpression(expression)) return [];
  const { name } = expression;
  const other = Object.hasOwn(MEMBERS, name.text) ? MEMBERS[name.text] : undefined;
  const renamed: readonly Replacement[] = other === undefined ? [] : [[name, other]];
  const whole = expression.parent;
  const only = given[0];
  if (name.text === "abs" && only) return [...renamed, [whole, `(${only.getText()})`]];
  if (name.text === "filter") return [...renamed, [whole, expression.expression.getText()]];
  return renamed;
}

/** A statement that can be left out without leaving a hole. */
const isRemovable = (node: ts.Node): boolean =>
  ts.isExpressionStatement(node) ||
  ts.isThrowStatement(node) ||
  ts.isBreakStatement(node) ||
  ts.isContinueStatement(node) ||
  (ts.isReturnStatement(node) && !node.expression);
