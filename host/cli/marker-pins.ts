/** --marker gpio:LINE[,gpio:LINE]: pins of this computer that are raised around each local step, for a meter that sees them. */
import { fail } from "../errors.ts";
import { type LocalTarget, MARK, type SetMarks, type Target } from "../runtime/index.ts";
import type { GpioOutput } from "../sensors/gpio.ts";
import { allOrNone } from "./all-or-none.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

/**
 * The local target with its pins. Raises USAGE where something else raises them, or nothing can; what keeps a line from being
 * an output as the sensors' messages have it.
 *
 * @param limited whether steps run in a thread of their own, where no pin can be set in time
 */
export async function targetWithPins(
  marker: string,
  name: string,
  limited: boolean,
  session: Session,
): Promise<Target> {
  refuseElsewhere(name, limited);
  const uris = marker.split(",").map((uri) => uri.trim());
  if (uris.length > 2 || new Set(uris).size < uris.length) {
    const expected = "one line for the step, perhaps a second one around it";
    fail("USAGE", "--marker", marker, expected, "Give gpio:17, or gpio:17,gpio:27.");
  }
  const { openGpioOutput } = await import("../sensors/gpio.ts");
  const { localTarget } = await import("../runtime/index.ts");
  const pins = await allOrNone(uris, (uri) =>
    openGpioOutput(uri, { say: (line) => say(session.io.stderr, line) }),
  );
  const close = () => Promise.all(pins.map((pin) => pin.close()));
  return closingWith(localTarget(setter(pins)), close);
}

function refuseElsewhere(name: string, limited: boolean): void {
  const where = "--marker";
  if (name.startsWith("board:")) {
    const remedy =
      "Leave it out: wire the board's own step pin; `twentywatt devices` says which it has.";
    fail("USAGE", where, name, "the local target", remedy);
  }
  if (name !== "local") fail("USAGE", where, name, "the local target", "Take --target local.");
  if (!limited) return;
  const remedy = "Give the model instead of a module that others compiled, without --step-limit.";
  fail("USAGE", where, "steps in a thread of their own", "steps of this thread", remedy);
}

/** Only what changes is written: each is a system call. The second pin rises first and falls last. */
export function setter([step, work]: readonly Pick<GpioOutput, "write">[]): SetMarks {
  let now = 0;
  return (levels) => {
    const changed = levels ^ now;
    now = levels;
    if (changed & MARK.step) step?.write(levels & MARK.step ? 1 : 0);
    if (changed & MARK.work) work?.write(levels & MARK.work ? 1 : 0);
  };
}

const closingWith = (target: LocalTarget, close: () => Promise<unknown>): Target => ({
  name: target.name,
  async load(module) {
    const loaded = await target.load(module);
    return { ...loaded, close: async () => void (await close()) };
  },
});
