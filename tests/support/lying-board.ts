/** A board on a pseudo-terminal that answers every request, but not always the truth. */
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { systemClock } from "../../host/units.ts";
import { DeviceModel, type DeviceOptions } from "./device-model.ts";
import { systemCalls } from "./system-calls.ts";

export type LyingBoard = {
  /** board:PATH */
  readonly name: string;
  readonly device: DeviceModel;
  readonly close: () => void;
};

export function lyingBoard(lie: NonNullable<DeviceOptions["lie"]>): LyingBoard {
  const terminal = openPseudoTerminal(systemCalls());
  const device = new DeviceModel(systemClock, { lie });
  const pending: Uint8Array[] = [];
  device.send = (bytes) => pending.push(bytes.slice());
  const bytes = new Uint8Array(4096);
  const turn = setInterval(() => {
    for (let n = terminal.read(bytes); n; n = terminal.read(bytes)) {
      device.receive(bytes.slice(0, n));
    }
    while (pending[0]) {
      const rest = pending[0].subarray(terminal.write(pending[0]));
      if (rest.length > 0) {
        pending[0] = rest;
        return;
      }
      pending.shift();
    }
  }, 1);
  const close = () => {
    clearInterval(turn);
    terminal.close();
  };
  return { name: `board:${terminal.path}`, device, close };
}
