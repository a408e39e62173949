/** `power`: live watts against 20 W, or what one command costs, in the manner of `perf stat`. */
import type { Command } from "commander";
import { fail } from "../errors.ts";
import { batteryOptions, requireMeter } from "./battery.ts";
import { GROUP, withExamples } from "./help.ts";
import { positive, wholeFromOne } from "./options.ts";
import type { PowerOptions } from "./power-meters.ts";
import type { Result, Session } from "./result.ts";

export const define = (command: Command): Command =>
  withExamples(
    batteryOptions(
      command
        .description(
          "live watts against the brain's 20 W, until Ctrl-C; with a command, what running it costs",
        )
        .argument(
          "[command...]",
          "behind --: the command to measure, and its arguments; or stand-in, which speaks to MLPerf Tiny's energy runner as its instruments do",
        )
        .optionsGroup(GROUP.where)
        .option(
          "--meter <uri,uri>",
          "measure with these, side by side; auto takes the one that leaves the least out (`devices` lists what is here, `help meters` all; default: auto)",
        )
        .option("--seconds <n>", "end after so long (default: at Ctrl-C)", positive)
        .option("--repeat <n>", "run the command so many times", wholeFromOne, 5)
        .option("--board <port>", "name the board that the energy runner drives, for stand-in")
        .option(
          "--pin <pin>",
          "read timestamps from D0 … D7 of the meter, or from the posix port's --pin FILE, for stand-in (default: from the board's lines)",
        ),
    )
      .optionsGroup(GROUP.files)
      .option(
        "--export <format file...>",
        "write every reading too: csv FILE, jsonl FILE, or prom FILE, which Prometheus' textfile collector reads",
      ),
    [
      { what: "live, the meter that there is", line: "twentywatt power" },
      {
        what: "without an instrument, for trying",
        line: "twentywatt power --meter sim:steady --seconds 3",
      },
      {
        what: "what a command costs",
        line: "twentywatt power --meter rapl --repeat 3 -- gzip -k big.tar",
      },
      {
        what: "and how long a battery lasts where it runs for 5 % of the time",
        line: "twentywatt power --meter supply --battery 4000@7.6 --duty 5 -- gzip -k big.tar",
      },
      {
        what: "MLPerf Tiny's energy runner with a meter that it does not know",
        line: "twentywatt power stand-in --meter sim:steady --board /dev/ttyACM0",
      },
    ],
  );

export async function run(
  session: Session,
  command: readonly string[],
  options: PowerOptions,
): Promise<Result> {
  requireMeter(options, options.meter ?? "auto");
  const standingIn = command.length === 1 && command[0] === "stand-in";
  if (options.battery !== undefined && (command.length === 0 || standingIn)) {
    const remedy = "Give the work behind --, as in `twentywatt power --battery 2000@3.7 -- ls`.";
    fail("USAGE", "--battery", "no command", "a command, which is the work", remedy);
  }
  if (standingIn) {
    const { standIn } = await import("./power-stand-in.ts");
    return standIn(session, options);
  }
  for (const [flag, value] of Object.entries({ "--board": options.board, "--pin": options.pin })) {
    if (value !== undefined) fail("USAGE", "power", flag, "stand-in before it");
  }
  if (command.length > 0) {
    const { measureCommand } = await import("./power-command.ts");
    return measureCommand(session, command, options);
  }
  const { watch } = await import("./power-live.ts");
  return watch(session, options);
}
