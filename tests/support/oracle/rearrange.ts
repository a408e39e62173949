/** CONCATENATION and PAD. Part of the oracle. */
import { at, type Operation, size } from "./operand.ts";

export function concatenation({ node, inputs, output }: Operation<"CONCATENATION">): void {
  const outer = size(output.shape.slice(0, node.axis));
  let to = 0;
  for (let k = 0; k < outer; k++) {
    for (const input of inputs) {
      const run = input.values.length / outer;
      output.values.set(input.values.subarray(k * run, (k + 1) * run), to);
      to += run;
    }
  }
}

export function pad({ node, inputs, output }: Operation<"PAD">): void {
  const input = at(inputs, 0);
  output.values.fill(output.zeroPoint);
  for (let from = 0; from < input.values.length; from++) {
    let rest = from;
    let to = 0;
    let stride = 1;
    for (let axis = input.shape.length - 1; axis >= 0; axis--) {
      const extent = at(input.shape, axis);
      to += ((rest % extent) + at(node.before, axis)) * stride;
      rest = Math.floor(rest / extent);
      stride *= at(output.shape, axis);
    }
    output.values[to] = at(input.values, from);
  }
}
