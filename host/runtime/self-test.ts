/** Runs the inference that was recorded when the module was compiled, and compares. Works on every target. */
import { fail } from "../errors.ts";
import type { Session } from "./target.ts";

/**
 * Leaves the session reset.
 *
 * @returns false if the module carries no self-test
 * @throws MODULE_DAMAGED where the target computes other bytes
 */
export async function runSelfTest(session: Session): Promise<boolean> {
  const { selfTest } = session.manifest;
  if (!selfTest) return false;
  const { inputBytes, outputBytes } = session;
  const inputs = Buffer.from(selfTest.input, "base64");
  const expected = Buffer.from(selfTest.output, "base64");
  const { steps } = selfTest;
  const whole = inputs.length === steps * inputBytes && expected.length === steps * outputBytes;
  if (!whole || steps > inputs.length + expected.length) {
    const got = `${inputs.length} bytes in, ${expected.length} out`;
    fail("MODULE_FORMAT", "self-test", got, `${steps} inputs and outputs`);
  }
  await session.reset();
  const outputs = await outputsOf(session, inputs, steps);
  for (let k = 0; k < steps; k++) {
    const at = k * outputBytes;
    if (expected.compare(outputs, at, at + outputBytes, at, at + outputBytes) !== 0) {
      const got = `other outputs on ${session.target}`;
      fail("MODULE_DAMAGED", `self-test step ${k}`, got, "the recorded ones");
    }
  }
  await session.reset();
  return true;
}

async function outputsOf(session: Session, inputs: Uint8Array, steps: number): Promise<Uint8Array> {
  const { inputBytes, outputBytes } = session;
  const outputs = new Uint8Array(steps * outputBytes);
  if (session.steps) {
    await session.steps(inputs, steps, outputs);
    return outputs;
  }
  for (let k = 0; k < steps; k++) {
    const output = outputs.subarray(k * outputBytes, (k + 1) * outputBytes);
    await session.step(inputs.subarray(k * inputBytes, (k + 1) * inputBytes), output);
  }
  return outputs;
}
