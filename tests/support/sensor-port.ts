/** A serial port that a test holds in its hands: no kernel, and no time. */
import { problem, TwentyWattError } from "../../host/errors.ts";
import type { ChannelEvents, Line } from "../../host/lines/index.ts";

/** A port that can be written into, pulled out and put back. */
export function port() {
  let events: ChannelEvents | null = null;
  const state = { plugged: true, opened: 0, closed: 0 };
  /** what happens while the port is being opened, once each */
  const opening: (() => void)[] = [];
  const written: number[][] = [];
  const line: Line = {
    name: "test",
    async open(given) {
      if (!state.plugged)
        throw new TwentyWattError(problem("TARGET_MISSING", "test", "nothing", "a port"));
      state.opened += 1;
      events = given;
      opening.shift()?.();
      return {
        write: (bytes) => void written.push([...bytes]),
        close: async () => {
          state.closed += 1;
          events = null;
        },
      };
    },
    present: async () => state.plugged,
  };
  return {
    state,
    line,
    opening,
    /** what was said to it, one list a write */
    written,
    print: (text: string) => events?.bytes(new TextEncoder().encode(text)),
    write: (bytes: Uint8Array) => events?.bytes(bytes),
    pull() {
      state.plugged = false;
      const gone = events;
      events = null;
      gone?.closed("the port closed");
    },
  };
}

/** Others have their turn. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
