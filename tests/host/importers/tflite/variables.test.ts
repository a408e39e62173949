/** VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: what of them the graph keeps, and what is refused. */
import { expect, test } from "vitest";
import { importModel } from "../../../../host/importers/index.ts";
import type { LayeredGraph, Tensor } from "../../../../host/model/graph.ts";
import { i32, text } from "../../../support/flatbuffer-writer.ts";
import { randomVariables } from "../../../support/random-variables.ts";
import { int8, problemsOf } from "../../../support/single-operator.ts";
import { tfliteModel } from "../../../support/tflite-from-graph.ts";
import {
  type FileGraph,
  type FileOperator,
  type FileTensor,
  type ModelFile,
  writeTflite,
} from "../../../support/tflite-writer.ts";

async function load(file: ModelFile): Promise<LayeredGraph> {
  return (await importModel(writeTflite(file), "test.tflite")) as LayeredGraph;
}

const named = ({ tensors }: LayeredGraph, t: number): string | undefined => tensors[t]?.name;

test("graph → .tflite → graph: every variable with what it begins with and becomes", async () => {
  let varied = 0;
  for (let seed = 0; seed < 100; seed++) {
    const graph = randomVariables(seed);
    const back = await load(tfliteModel(graph));
    const meaning = (one: LayeredGraph) => ({
      kinds: one.nodes.map(({ kind }) => kind),
      variables: one.variables?.map(({ name, tensor, next, initial }) => {
        const { data, ...like } = one.tensors[tensor] as Tensor;
        return { name, like, data, next: named(one, next), initial: [...initial] };
      }),
    });
    // an operator that nobody needs is dropped: here every variable is needed
    const needed = new Set(back.nodes.map(({ output }) => named(back, output)));
    const nodes = graph.nodes.filter(({ output }) => needed.has(named(graph, output)));
    expect(meaning(back), `seed ${seed}`).toEqual(meaning({ ...graph, nodes }));
    varied += graph.variables?.some(({ initial }) => new Set(initial).size > 3) ? 1 : 0;
  }
  expect(varied).toBeGreaterThan(20);
});

const CELL: Partial<FileTensor> = { scales: [0.5], zeroPoints: [3] };
const resource = (name: string): FileTensor => ({ name, shape: [1], type: "resource" });
const op = (
  kind: FileOperator["kind"],
  inputs: readonly number[],
  outputs: readonly number[],
  options?: FileOperator["options"],
): FileOperator => ({ kind, inputs, outputs, ...(options && { options }) });
const handle = (to: number, name = "memory") => op("VAR_HANDLE", [], [to], [text(""), text(name)]);

/** y = max(x, v), then v becomes y. Tensors: 0 x, 1 handle, 2 v, 3 y */
function sound(): ModelFile & { others: FileGraph[] } {
  const start = int8("start", [1, 4], { ...CELL, data: Uint8Array.of(1, 2, 3, 255) });
  return {
    tensors: [
      int8("x", [1, 4], CELL),
      resource("handle"),
      int8("v", [1, 4], CELL),
      int8("y", [1, 4], CELL),
      int8("later", [1, 4], CELL),
      int8("z", [1, 4], CELL),
    ],
    operators: [
      op("CALL_ONCE", [], [], [i32(1)]),
      handle(1),
      op("READ_VARIABLE", [1], [2]),
      op("MAXIMUM", [0, 2], [3]),
      op("ASSIGN_VARIABLE", [1, 3], []),
    ],
    inputs: [0],
    outputs: [3],
    others: [
      {
        tensors: [resource("handle"), start],
        operators: [handle(0), op("ASSIGN_VARIABLE", [0, 1], [])],
        inputs: [],
        outputs: [],
      },
    ],
  };
}

test("a variable is read as it was left, and left as what was assigned", async () => {
  const graph = await load(sound());
  expect(graph.nodes.map(({ kind, index }) => [kind, index])).toEqual([["MAXIMUM", 3]]);
  const [variable] = graph.variables ?? [];
  expect(variable).toMatchObject({ name: "memory", initial: Uint8Array.of(1, 2, 3, 255) });
  expect(named(graph, variable?.tensor ?? -1)).toBe("v");
  expect(named(graph, variable?.next ?? -1)).toBe("y");
});

test("what is read behind the assignment is what was assigned, whatever comes out", async () => {
  const file = sound();
  file.operators.push(op("READ_VARIABLE", [1], [4]), op("MINIMUM", [4, 0], [5]));
  file.outputs = [5, 4];
  const graph = await load(file);
  expect(graph.nodes[1]?.inputs.map((t) => named(graph, t))).toEqual(["y", "x"]);
  expect(graph.outputs.map(({ tensor }) => named(graph, tensor))).toEqual(["z", "y"]);
});

test("two handles of one name are one variable, in another container they are not", async () => {
  const file = sound();
  file.tensors.push(resource("again"));
  file.operators = file.operators.map((one) =>
    one.kind === "ASSIGN_VARIABLE" ? { ...one, inputs: [6, 3] } : one,
  );
  const first = file.operators.findIndex(({ kind }) => kind === "READ_VARIABLE");
  file.operators.splice(first, 0, handle(6));
  expect((await load(file)).variables).toHaveLength(1);
  file.operators[first] = op("VAR_HANDLE", [], [6], [text("elsewhere"), text("memory")]);
  const problems = await problemsOf(writeTflite(file));
  expect(problems).toMatchObject([{ where: "variable memory", got: "no initial value" }]);
});

test("assigned and never read, it is kept; read and never assigned, it is a constant", async () => {
  const unread = sound();
  unread.operators = unread.operators.filter(({ kind }) => kind !== "READ_VARIABLE");
  unread.operators = unread.operators.map((one) =>
    one.kind === "MAXIMUM" ? op("RELU", [0], [3]) : one,
  );
  const kept = await load(unread);
  expect(kept.variables).toHaveLength(1);
  expect(kept.nodes.flatMap(({ inputs }) => inputs)).not.toContain(kept.variables?.[0]?.tensor);

  const fixed = sound();
  fixed.operators = fixed.operators.filter(({ kind }) => kind !== "ASSIGN_VARIABLE");
  const constant = await load(fixed);
  expect(constant.variables).toBeUndefined();
  const read = constant.nodes[0]?.inputs.map((t) => constant.tensors[t]);
  expect(read?.map((tensor) => tensor?.data)).toEqual([null, Uint8Array.of(1, 2, 3, 255)]);
});

test("an operator whose result only a variable takes is computed", async () => {
  const file = sound();
  file.operators = [
    ...file.operators.filter(({ kind }) => kind !== "ASSIGN_VARIABLE"),
    op("RELU", [2], [4]),
    op("ASSIGN_VARIABLE", [1, 4], []),
  ];
  expect((await load(file)).nodes.map(({ kind }) => kind)).toEqual(["MAXIMUM", "RELU"]);
});

/** What is done to the sound file, and what its only problem says. */
const CASES: readonly [string, (file: ReturnType<typeof sound>) => void, object][] = [
  [
    "nothing initialises it",
    (file) => {
      file.operators.shift();
      file.others = [];
    },
    { code: "MODEL_FORMAT", where: "variable memory", got: "no initial value" },
  ],
  [
    "the subgraph initialises another one",
    ({ others: [one] }) => one?.operators.splice(0, 1, handle(0, "another")),
    { where: "variable memory", got: "no initial value" },
  ],
  [
    "assigned twice",
    (file) => file.operators.push(op("ASSIGN_VARIABLE", [1, 0], [])),
    { code: "MODEL_OP", where: "operator 5 (ASSIGN_VARIABLE)", got: "memory assigned twice" },
  ],
  [
    "initialised twice",
    ({ others: [one] }) => one?.operators.push(op("ASSIGN_VARIABLE", [0, 1], [])),
    { where: "operator 0 (CALL_ONCE)", got: "memory initialised twice" },
  ],
  [
    "initialised with what is no constant",
    ({ others: [one] }) => {
      if (one?.tensors[1]) one.tensors[1].data = null;
    },
    { where: "operator 0 (CALL_ONCE)", got: "memory initialised with what is computed" },
  ],
  [
    "shared between two shapes",
    ({ tensors }) => {
      if (tensors[2]) tensors[2].shape = [4];
    },
    {
      code: "MODEL_SHAPE",
      where: "variable memory",
      got: expect.stringMatching(/int8 \[4\].* and int8 \[1,4\]/),
    },
  ],
  [
    "read and initialised in two quantisations",
    ({ others: [one] }) => {
      if (one?.tensors[1]) one.tensors[1].scales = [0.25];
    },
    {
      code: "MODEL_SHAPE",
      where: "variable memory",
      expected: expect.stringMatching(/quantisation/),
    },
  ],
  [
    "fewer bytes at the start than it has",
    ({ others: [one] }) => {
      if (one?.tensors[1]) one.tensors[1].data = Uint8Array.of(1, 2);
    },
    { where: "variable memory", got: "2 bytes at the start", expected: "4" },
  ],
  [
    "CALL_ONCE of what computes",
    ({ others: [one] }) => one?.operators.push(op("RELU", [1], [1])),
    { code: "MODEL_OP", where: "operator 0 (CALL_ONCE)", got: "a subgraph with RELU" },
  ],
  [
    "CALL_ONCE of a subgraph that is not there",
    ({ operators }) => operators.splice(0, 1, op("CALL_ONCE", [], [], [i32(7)])),
    { where: "operator 0 (CALL_ONCE)", got: "subgraph 7", expected: "one of 1 … 1" },
  ],
  [
    "CALL_ONCE of itself",
    ({ operators }) => operators.splice(0, 1, op("CALL_ONCE", [], [], [i32(0)])),
    { where: "operator 0 (CALL_ONCE)", got: "subgraph 0" },
  ],
  [
    "CALL_ONCE behind what reads",
    (file) => {
      const [call, ...rest] = file.operators;
      if (call) file.operators = [...rest, call];
    },
    { where: "operator 4 (CALL_ONCE)", got: "memory used before it" },
  ],
  [
    "a handle that is none",
    ({ operators }) => operators.splice(2, 1, op("READ_VARIABLE", [0], [2])),
    { where: "operator 2 (READ_VARIABLE)", got: "x as a handle" },
  ],
  [
    "an assignment of nothing",
    ({ operators }) => operators.splice(4, 1, op("ASSIGN_VARIABLE", [1], [])),
    { where: "operator 4 (ASSIGN_VARIABLE)", got: "1 inputs, 0 outputs" },
  ],
  [
    "a variable of float32",
    ({ tensors, others: [one] }) => {
      for (const tensor of [...tensors, ...(one?.tensors ?? [])]) {
        if (tensor.type === "int8") tensor.type = "float32";
      }
    },
    { code: "MODEL_QUANT", got: expect.stringMatching(/float32/) },
  ],
];

test.each(CASES)("refused: %s", async (_, change, problem) => {
  const file = sound();
  change(file);
  const problems = await problemsOf(writeTflite(file));
  expect(problems).toContainEqual(expect.objectContaining(problem));
});

test("IF and WHILE are refused by name, a second subgraph that nobody calls as such", async () => {
  const file = sound();
  file.operators.push(op("WHILE", [3], [5], [i32(1), i32(1)]));
  file.outputs = [5];
  expect(await problemsOf(writeTflite(file))).toContainEqual(
    expect.objectContaining({ code: "MODEL_OP", got: "WHILE" }),
  );
  const uncalled = { ...sound(), operators: [op("RELU", [0], [3])] };
  uncalled.others = [{ tensors: [], operators: [], inputs: [], outputs: [] }];
  expect(await problemsOf(writeTflite(uncalled))).toMatchObject([
    { code: "MODEL_FORMAT", got: "2 subgraphs" },
  ]);
});
