/** A sensor for a verb: told where lines go and what time is; a signal ends the wait for one that says nothing. */
import { fail } from "../errors.ts";
import { openSensor } from "../sensors/open.ts";
import type { Sensor } from "../sensors/sensor.ts";
import { waitInRealTime } from "../sensors/wait.ts";
import { either } from "./io.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

/**
 * @throws what opening throws; INTERRUPTED where a signal comes before it is known what the sensor delivers, which of a
 *   silent port is seconds
 */
export async function openFor({ io, warn }: Session, uri: string): Promise<Sensor> {
  const { clock, stderr } = io;
  const signal = either(io);
  const options = {
    ...{ clock, waitUntil: waitInRealTime(clock), warn },
    say: (line: string) => say(stderr, line),
  };
  const opening = openSensor(uri, options);
  const cut = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  const sensor = await Promise.race([opening, cut]);
  if (sensor !== null) return sensor;
  // it may still come: then nobody is there for it
  opening.then(
    (late) => late.close(),
    () => {},
  );
  return fail("INTERRUPTED", uri, "a signal while it was opened", "a sensor that answers");
}
