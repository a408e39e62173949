/** The serial port of a meter: opened once, and what a user hears where it is not there or goes away. */
import { problem, TwentyWattError } from "../errors.ts";
import type { Channel, ChannelEvents, Line, Timers } from "../lines/index.ts";
import type { Clock } from "../units.ts";
import type { Uri } from "../uri.ts";
import type { Every } from "./polled.ts";

/** What meters that are asked over a serial port are opened with. */
export type SerialMeterOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  readonly line?: Line;
  readonly timers?: Timers;
};

/** PORT[@BAUD] with the rate of the meter, where none is said. */
export const portUnder = ({ rest }: Uri, baud: number): string =>
  /@\d+$/.test(rest) ? rest : `${rest}@${baud}`;

/** Raises METER_MISSING where there is nothing to open; DEVICE_BUSY and IO say who has it, and who may not. */
export async function openPort(uri: string, line: Line, events: ChannelEvents): Promise<Channel> {
  try {
    return await line.open(events);
  } catch (error) {
    if (!(error instanceof TwentyWattError) || error.code !== "TARGET_MISSING") throw error;
    const missing = error.problems.map(({ got, expected, remedy }) =>
      problem("METER_MISSING", `--meter ${uri}`, got, expected, remedy),
    );
    throw new TwentyWattError(missing, { cause: error });
  }
}

/** The end of a stream whose instrument has gone. What it said before is delivered first. */
export const meterLost = (uri: string, got: string, expected: string): TwentyWattError =>
  new TwentyWattError(problem("METER_LOST", `--meter ${uri}`, got, expected));
