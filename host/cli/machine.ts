/** Which machine does the work on a target: what its meters may be, and how the time it works is counted. */
import type { Machine, NoClass } from "../power/index.ts";
import type { BoardTarget, Target, Wasm3Target } from "../runtime/index.ts";
import type { Io } from "./io.ts";

export const isBoard = (target: Target): target is BoardTarget => "connect" in target;
const isProcess = (target: Target): target is Wasm3Target => target.name === "wasm3";

export async function machineOf(target: Target, { processorTime }: Io): Promise<Machine> {
  const { boardMachine, processHere, thisComputer } = await import("../power/index.ts");
  if (isProcess(target)) return processHere("WASM3's process", () => target.countWork());
  if (!isBoard(target)) return thisComputer(undefined, processorTime);
  const { board: name } = await target.connect();
  const shown = name === "" ? target.name : `the board ${name}`;
  return boardMachine(shown, () => target.countWork(), await noMicrocontroller(name));
}

/** Some of the firmware's ports are computers, or pretend to be a board; any other board is a microcontroller. */
async function noMicrocontroller(name: string): Promise<NoClass | null> {
  if (name === "")
    return { why: "it does not say which board it is", remedy: "Put it on a meter." };
  const { listPorts, readPort } = await import("../firmware/index.ts");
  const port = listPorts().includes(name) ? readPort(name) : null;
  if (port?.emulator) {
    return { why: "an emulator has neither time nor energy", remedy: "Run on a real board." };
  }
  if (port?.tested !== "this computer") return null;
  const remedy = "For a process on this computer: --target wasm3, whose processor time is known.";
  return { why: "a process on a computer that it does not name", remedy };
}
