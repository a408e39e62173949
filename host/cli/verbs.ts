/** The verbs: one file each, and the program that knows them all. */
import { Command } from "commander";
import * as bench from "./bench.ts";
import * as cache from "./cache.ts";
import * as compile from "./compile.ts";
import * as completion from "./completion.ts";
import * as demo from "./demo.ts";
import * as deploy from "./deploy.ts";
import * as devices from "./devices.ts";
import * as doctor from "./doctor.ts";
import * as exportVerb from "./export.ts";
import { HELP, helpWidth, withExamples } from "./help.ts";
import * as inspect from "./inspect.ts";
import type { Output } from "./io.ts";
import * as monitor from "./monitor.ts";
import { generalOptions } from "./options.ts";
import * as power from "./power.ts";
import * as record from "./record.ts";
import * as replay from "./replay.ts";
import type { Result, Session } from "./result.ts";
import * as runVerb from "./run.ts";

/** Its arguments and options, and what it does. Whatever is heavy is loaded when it runs. */
type Verb = {
  readonly define: (command: Command) => Command;
  // biome-ignore lint/suspicious/noExplicitAny: commander hands over what define() declared
  readonly run: (session: Session, ...given: any[]) => Promise<Result>;
};

export const VERBS: Readonly<Record<string, Verb>> = {
  ...{ compile, inspect, run: runVerb, bench },
  ...{ power, devices, export: exportVerb, deploy, monitor, record, replay, doctor, demo },
  ...{ cache, completion },
};

/** @param parsed the arguments, the options, and the command that declared them */
export type Perform = (name: string, verb: Verb, parsed: readonly unknown[]) => Promise<void>;

/** The whole program; `perform` is what a call of a verb does. */
export function programOf(version: string, stdout: Output, perform: Perform): Command {
  const program = new Command("twentywatt")
    .usage("<verb> [options]")
    .description(
      "Compiles a trained network, layered or spiking, into one small WebAssembly module, runs it, and says what " +
        "that costs.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this, or the help of a verb")
    .commandsGroup("Verbs:")
    .helpCommand(
      "help [verb]",
      "print this, the help of a verb, or what sensors or meters there are",
    )
    .configureHelp(HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => {}, // said once, with code and remedy
      getOutHelpWidth: () => helpWidth(stdout),
      getOutHasColors: () => false,
    });
  withExamples(program, [
    { what: "all of it without hardware, for five seconds", line: "twentywatt demo --seconds 5" },
    {
      what: "a network that is built in, fed with noise",
      line: "twentywatt run net:demo-int8 --samples 3",
    },
    { what: "what a verb can do", line: "twentywatt run --help" },
  ]);
  for (const [name, verb] of Object.entries(VERBS)) {
    const command = generalOptions(verb.define(program.command(name)));
    command.action((...parsed: unknown[]) => perform(name, verb, parsed));
  }
  return program;
}
