/** The meters of `power`: which are meant, opened all or none. */
import { fail } from "../errors.ts";
import type { Machine, MeterSettings, PowerMeter } from "../power/index.ts";
import { allOrNone } from "./all-or-none.ts";
import type { BatteryOptions } from "./battery.ts";
import type { Io } from "./io.ts";
import type { Session } from "./result.ts";
import { say } from "./say.ts";

export type PowerOptions = BatteryOptions & {
  readonly meter?: string;
  readonly seconds?: number;
  readonly repeat: number;
  readonly export?: readonly string[];
  /** of stand-in */
  readonly board?: string;
  readonly pin?: string;
};

/** The URIs of --meter; `auto` says what it took and why. @param machine what does the work */
export async function metersNamed(named: string, io: Io, machine?: Machine): Promise<string[]> {
  const uris = named.split(",").map((uri) => uri.trim());
  const twice = uris.find((uri, k) => uris.indexOf(uri) !== k);
  if (twice !== undefined) fail("USAGE", "--meter", `${twice} twice`, "every meter once");
  if (!uris.includes("auto")) return uris;
  const { chooseMeter } = await import("../power/index.ts");
  const { uri, why } = await chooseMeter({ clock: io.clock, machine });
  say(io.stderr, `--meter auto: ${why}`);
  return uris.map((one) => (one === "auto" ? uri : one));
}

/** What the user's file says of meters. @throws SETTINGS for a file that cannot be meant */
export async function settingsOf({ env }: Pick<Io, "env">): Promise<MeterSettings | null> {
  const { meterKinds, readSettings, settingsFile } = await import("../power/index.ts");
  return readSettings(settingsFile(env), meterKinds());
}

/** Opens them all, or none. What a meter has to say is said once. @param machine what does the work */
export async function openAll(
  { io }: Session,
  uris: readonly string[],
  machine?: Machine,
): Promise<readonly PowerMeter[]> {
  const { openPower } = await import("../power/index.ts");
  const settings = await settingsOf(io);
  const open = await allOrNone(uris, (uri) =>
    openPower(uri, { clock: io.clock, machine, settings }),
  );
  for (const { facts } of open) {
    for (const note of facts.notes) say(io.stderr, `${facts.uri}: ${note}`);
  }
  return open;
}
