/**
 * Mutants that no test notices, and why none could: they compute the same. A row is found by the line before and after
 * and by the function around it, so that it follows its line when the file changes.
 */
import type { Mutant } from "./mutant.ts";

export type Survivor = Pick<Mutant, "file" | "inside" | "before" | "after"> & {
  readonly why: string;
};

export const SURVIVORS: readonly Survivor[] = [
  ...(
    [
      ["for (unsigned shift = 0; shift < 35; shift += 7) {", "35", "34", "tw_check_u32"],
      ["} while (byte >= 0x80 && shift < bits);", "<", "<=", "tw_check_signed"],
      ["if (shift > bits) {", ">", ">=", "tw_check_signed"],
    ] as const
  ).map(([before, old, other, inside]) => ({
    ...{ file: "firmware/core/tw_check_read.c", inside, before },
    after: before.replace(old, other),
    why: "shift is a multiple of 7: neither 34 nor 32 nor 64 is one",
  })),
  ...([["firmware/core/tw_check_read.c", "tw_check_fail_as"]] as const).map(([file, inside]) => ({
    ...{ file, inside, before: "c->at = c->end;", after: ";" },
    why: "the first failure stays the verdict; what reads on stays within its bytes and ends at the error",
  })),
  ...["tw_check_byte", "tw_check_u32"].map((inside) => ({
    ...{ file: "firmware/core/tw_check_read.c", inside, before: "return 0;", after: "return 1;" },
    why: "the check has failed: what is read from here on decides nothing, and every index is compared first",
  })),
  {
    ...{ file: "firmware/core/tw_check_stack.c", inside: "tw_check_pop" },
    before: "if (got == TW_ANY) {",
    after: "if (0) {",
    why: "an operand has a type of its own unless the check has failed: code that is never reached has none",
  },
  {
    ...{ file: "firmware/core/tw_check_stack.c", inside: "tw_check_locals_move" },
    before: "for (uint32_t k = 0; k < b->operands; ++k) {",
    after: "for (uint32_t k = 0; k <= b->operands; ++k) {",
    why: "an operand no longer there names a local whose operands get words of their own here in any case",
  },
  ...["place", "stands"].map((name) => ({
    ...{ file: "firmware/core/tw_check_stack.c", inside: "tw_check_keep" },
    before: `${name === "place" ? "uint32_t" : "uint8_t"} ${name} = b->operands == 0 ? 0 : b->${name}[b->operands - 1];`,
    after: `${name === "place" ? "uint32_t" : "uint8_t"} ${name} = b->operands == 0 ? 1 : b->${name}[b->operands - 1];`,
    why: "without an operand the type is TW_NONE, and nothing is pushed, or tw_check_pop() fails",
  })),
  {
    ...{ file: "firmware/core/tw_check_code.c", inside: "instruction" },
    before: "if (op >= 0x28 && op <= 0x3e) {",
    after: "if (op >= 0x28 && op <= 63) {",
    why: "0x3f, memory.size, has a case of its own",
  },
  {
    ...{ file: "firmware/core/tw_check_code.c", inside: "open" },
    before: "tw_check_room(b, 0);",
    after: "tw_check_room(b, 1);",
    why: "the block's own result has just been counted: there is one value at least",
  },
  {
    ...{ file: "firmware/core/tw_check_code.c", inside: "end" },
    before: "if (b->blocks > 0) {",
    after: "if (1) {",
    why: "at the function's own end its result takes the place of the block's: the room stays what it was",
  },
  ...(
    [
      ["if (b->operands == TW_CHECK_VALUES) {", "if (0) {"],
      ["tw_check_fail(b->c, TOO_MANY);", ";"],
    ] as const
  ).map(([before, after]) => ({
    ...{ file: "firmware/core/tw_check_stack.c", inside: "tw_check_push_result", before, after },
    why: "128 operands of two words each never fit the 256 words: tw_check_room() has failed before",
  })),
  {
    ...{ file: "firmware/core/tw_check_depth.c", inside: "tw_check_note_loop" },
    before: "} else if ((own[1] & LOOPS) < b->loops) {",
    after: "} else if ((own[1] & LOOPS) <= b->loops) {",
    why: "of two equal depths either is the larger: the same bits are written again",
  },
  {
    ...{ file: "firmware/core/tw_check_depth.c", inside: "tw_check_note_call" },
    before: "c->again = c->again || (callee <= b->index && (its[1] & CALLS) != 0);",
    after: "c->again = c->again || (callee <= b->index && (its[1] | CALLS) != 0);",
    why: "one more pass over functions of which nothing is new finds nothing new",
  },

  ...[0, 2].map((other) => ({
    ...{ file: "host/importers/graph/read-spiking.ts", inside: "reals" },
    before: "if (array === null) return 1; // refused: of any type will do",
    after: `if (array === null) return ${other}; // refused: of any type will do`,
    why: "the graph is refused, and no other field looks at this one's numbers",
  })),
  {
    ...{ file: "host/importers/graph/read-spiking.ts", inside: "read" },
    before: 'return fields.array(field, ["u32"], rule.shape(known)) ?? new Uint32Array(1);',
    after: 'return fields.array(field, ["u32"], rule.shape(known)) ?? new Uint32Array(2);',
    why: "the graph is refused; one row start of 0 and two of them both mean no synapses",
  },
  ...[0, 2].map((other) => ({
    ...{ file: "host/importers/graph/spiking-nodes.ts", inside: "first" },
    before: "const first = (sizes: readonly number[]): number => sizes[0] ?? 1;",
    after: `const first = (sizes: readonly number[]): number => sizes[0] ?? ${other};`,
    why: "no shape is empty: one that is refused counts as [1]",
  })),
  {
    ...{ file: "host/module/check.ts", inside: "checkRanges" },
    before: "if (len < 0 || ptr < 16 || ptr % 8 !== 0 || ptr + len > g.memUsed) {",
    after: "if (len < 0 || ptr < 15 || ptr % 8 !== 0 || ptr + len > g.memUsed) {",
    why: "15 is no multiple of 8, and is refused as that",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "const TOO_LONG: Answer = { status: 0, payload: NOTHING };",
    after: "const TOO_LONG: Answer = { status: 1, payload: NOTHING };",
    why: "it is known as the very object; its status is only told from SESSION",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "private sequence = 0;",
    after: "private sequence = 1;",
    why: "no request is sent before open() has set it",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "" },
    before: "private session = 0;",
    after: "private session = 1;",
    why: "opened() opens one all the same, because no board is known; open() sets it",
  },
  {
    ...{ file: "host/runtime/link.ts", inside: "exchange" },
    before: "divisible = false,",
    after: "divisible = true,",
    why: "only HELLO leaves it out, and HELLO is never asked for aside",
  },
];

export const explanationOf = ({ file, inside, before, after }: Mutant): string | null =>
  SURVIVORS.find(
    (row) =>
      row.file === file && row.inside === inside && row.before === before && row.after === after,
  )?.why ?? null;
