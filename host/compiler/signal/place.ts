/** Addresses for the calls and the state of a front end. */
import { at } from "../../model/at.ts";
import type { MemoryEntry } from "../../module/manifest.ts";
import type { PlacedCall } from "../layout.ts";
import type { LoweredFront, SignalArg, SignalCall } from "./lowered.ts";

export type Addresses = {
  readonly input: number;
  readonly state: number;
  readonly work: number;
  /** of each constant */
  readonly constants: readonly number[];
};

export function placeFront(
  front: LoweredFront,
  addresses: Addresses,
): {
  readonly init: readonly PlacedCall[];
  readonly step: readonly PlacedCall[];
  readonly entries: readonly MemoryEntry[];
} {
  const address = (arg: SignalArg): number => {
    if (typeof arg === "number") return arg;
    if ("constant" in arg) return at(addresses.constants, arg.constant);
    return addresses[arg.region] + arg.offset;
  };
  const placed = ({ file, entry, args, comment }: SignalCall): PlacedCall => ({
    kernel: { file, entry, shape: {}, args: [] },
    args: args.map(address),
    comment,
  });
  const { state } = addresses;
  return {
    init: [
      {
        kernel: { file: "fixed/fill", entry: "zero", shape: {}, args: [] },
        args: [state, front.stateBytes],
        comment: "state",
      },
      ...front.init.map(placed),
    ],
    step: front.step.map(placed),
    entries: front.state.map(({ offset, ...entry }) => ({
      ...{ ...entry, ptr: state + offset, kind: "state" },
    })),
  };
}
