/** What a board's negative status means to a person: a code of ours, and the board's own words. */
import { type ErrorCode, problem, TwentyWattError } from "../errors.ts";
import { ascii } from "./requests.ts";

type Row = {
  readonly name: string;
  readonly code: ErrorCode;
  /** said where the board sent no words */
  readonly got: string;
  readonly expected: string;
};

export const STATUS = { SESSION: -5, SEQUENCE: -6, EMPTY: -7 } as const;

// biome-ignore format: a table
const ROWS: Readonly<Record<number, Row>> = {
  [-1]: { name: "MODEL", code: "MODULE_FORMAT", got: "not a module for this firmware", expected: "a module that WASM3 loads" },
  [-2]: { name: "ARENA", code: "MODULE_TOO_BIG", got: "too little memory on the board", expected: "a module that fits the board's memory" },
  [-3]: { name: "TRAP", code: "DEVICE_TRAP", got: "a trap", expected: "a normal return" },
  [-4]: { name: "FRAME", code: "DEVICE_PROTOCOL", got: "a request that the board does not take", expected: "the same wire on both sides" },
  [-5]: { name: "SESSION", code: "DEVICE_BUSY", got: "the session of another program", expected: "this program's session" },
  [-6]: { name: "SEQUENCE", code: "DEVICE_BUSY", got: "requests of somebody else", expected: "this program's requests only" },
  [-7]: { name: "EMPTY", code: "DEVICE_PROTOCOL", got: "no module on the board", expected: "a loaded module" },
  [-8]: { name: "ABI", code: "MODULE_ABI", got: "another ABI", expected: "the ABI of the board's firmware" },
  [-9]: { name: "SLOT", code: "DEVICE_FLASH", got: "other bytes in the slot than were sent", expected: "the module, whole, within the slot" },
  [-10]: { name: "ORDER", code: "DEVICE_PROTOCOL", got: "a request out of order", expected: "the order of a deployment" },
  [-11]: { name: "REQUEST", code: "DEVICE_PROTOCOL", got: "a request that the board does not know", expected: "a firmware that knows it" },
  [-12]: { name: "FLASH", code: "DEVICE_FLASH", got: "flash that cannot be erased or written", expected: "working flash" },
  [-13]: { name: "RESULT", code: "DEVICE_TRAP", got: "an error returned by the module", expected: "0 or more" },
};

/** @param where the line and the request */
export function refusal(status: number, payload: Uint8Array, where: string): TwentyWattError {
  const row = ROWS[status];
  const said = ascii(payload).trim();
  if (!row) {
    const got = `status ${status}${said ? `: ${said}` : ""}`;
    return new TwentyWattError(problem("DEVICE_PROTOCOL", where, got, "a status of this wire"));
  }
  return new TwentyWattError(problem(row.code, where, said || row.got, row.expected));
}
