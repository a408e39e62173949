/** `completion bash|zsh|fish`: a script for the shell, written from the verbs and options that there are. */
import { Argument, type Command } from "commander";
import { withExamples } from "./help.ts";
import type { Result, Session } from "./result.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export const define = (command: Command): Command =>
  withExamples(
    command
      .description("print a script that lets the shell complete verbs, options and files")
      .addArgument(
        new Argument("<shell>", "the shell that reads the script: bash, zsh or fish").choices(
          SHELLS,
        ),
      ),
    [
      {
        what: "for this bash, or for all in ~/.bashrc",
        line: "source <(twentywatt completion bash)",
      },
      { what: "for this fish", line: "twentywatt completion fish | source" },
    ],
  );

/** @param command knows the program that it belongs to */
export async function run(
  _: Session,
  shell: (typeof SHELLS)[number],
  __: object,
  command: Command,
): Promise<Result> {
  const { verbCalls } = await import("./completion/calls.ts");
  const program = command.parent ?? command;
  const script = (await writers[shell]())(program.version() ?? "", verbCalls(program));
  return { json: { shell, script }, text: script.split("\n"), verbatim: true };
}

const writers = {
  bash: async () => (await import("./completion/bash.ts")).bashScript,
  zsh: async () => (await import("./completion/zsh.ts")).zshScript,
  fish: async () => (await import("./completion/fish.ts")).fishScript,
};
