/** Outputs that differ from a file, and would not with TFLite's other rounding: the first thing that people trip over. */
import type { Problem } from "../errors.ts";
import { type Inputs, openInputs } from "../files/input.ts";
import { outputFormat } from "../files/output.ts";
import { openExpectation } from "../run/expectation.ts";
import { localTarget } from "../runtime/index.ts";
import { compileOptions, moduleOf } from "./build.ts";
import type { LayeredModel } from "./model.ts";
import type { ModelOptions } from "./options.ts";
import type { Session } from "./result.ts";

/** Who computes so. */
const BY = {
  double: "TensorFlow Lite Micro and CMSIS-NN compute",
  single: "tf.lite.Interpreter computes on a PC",
} as const;

type Compared = ModelOptions & { readonly input?: string; readonly expect?: string };

/**
 * The problems, of which that of --expect says so where the other rounding gives what was expected. A module has one
 * rounding for good, and what a sensor or a pipe gave is gone.
 */
export async function explained(
  problems: readonly Problem[],
  session: Session,
  model: LayeredModel,
  options: Compared,
  samples: number,
): Promise<readonly Problem[]> {
  const { expect, input } = options;
  const differs = problems.find(({ where }) => where.startsWith(`${expect}: `));
  if (differs === undefined || expect === undefined || input === undefined) return problems;
  if (model.kind === "module" || model.graph.front !== undefined) return problems;
  const rounding = options.rounding === "single" ? "double" : "single";
  const chosen = compileOptions({ ...options, rounding }, "local", session);
  const { wasm } = await moduleOf(model, chosen, session);
  const loaded = await localTarget().load(wasm);
  const { inputs: tensors, outputs } = loaded.manifest;
  const inputs = await openInputs(input, tensors);
  if (inputs.count === null) return problems;
  const expectation = await openExpectation(expect, outputs, session.io.signal);
  const format = outputFormat(expect, outputs, "--expect");
  for await (const output of outputsOf(loaded, inputs, samples)) {
    if (session.io.signal.aborted) return problems;
    expectation.add(format(output));
  }
  if (expectation.difference("sample") !== null) return problems;
  const remedy = `The outputs equal the file with --rounding ${rounding}, as ${BY[rounding]}.`;
  return problems.map((one) => (one === differs ? { ...one, remedy } : one));
}

type Stepping = Pick<
  Awaited<ReturnType<ReturnType<typeof localTarget>["load"]>>,
  "inputBytes" | "outputBytes" | "step"
>;

async function* outputsOf(
  session: Stepping,
  inputs: Inputs,
  samples: number,
): AsyncGenerator<Uint8Array> {
  let left = samples;
  for await (const batch of inputs.batches()) {
    for (let at = 0; at < batch.length && left > 0; at += session.inputBytes, left--) {
      const output = new Uint8Array(session.outputBytes);
      await session.step(batch.subarray(at, at + session.inputBytes), output);
      yield output;
    }
    if (left === 0) return;
  }
}
