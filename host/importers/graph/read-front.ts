/** The front end of a graph, each field of its type. What they mean together is model/signal-problems.ts's business. */
import { FRONT_FIELDS, SIGNAL_FIELDS, type SignalFields } from "../../model/signal-fields.ts";
import type { Front, SignalKind, SignalNode } from "../../model/signal-graph.ts";
import type { Fields } from "./fields.ts";

const KINDS = Object.keys(SIGNAL_FIELDS) as SignalKind[];

export function readFront(fields: Fields): Front {
  const name = fields.text("name");
  const own = valuesOf(fields, FRONT_FIELDS);
  const nodes = fields.objects("nodes").map(nodeOf);
  fields.close();
  // the casts that TypeScript cannot follow: the table's fields are those of the types
  return fields.inOrder({ name, ...own, nodes }) as Front;
}

function nodeOf(fields: Fields): SignalNode {
  const kind = fields.oneOf("kind", KINDS);
  const own = valuesOf(fields, SIGNAL_FIELDS[kind]);
  fields.close();
  return fields.inOrder({ kind, ...own }) as SignalNode;
}

/** All of them: who writes a graph leaves none out. */
const valuesOf = (fields: Fields, table: SignalFields): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(table).map(([key, field]) => {
      const { type } = field;
      if (type === "text") return [key, fields.text(key)];
      if (type !== "number") return [key, fields.oneOf(key, type)];
      return [key, field.byDefault === null && !fields.has(key) ? null : fields.number(key)];
    }),
  );
