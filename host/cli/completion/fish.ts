/** Completion for fish: one `complete` for each word that may stand somewhere. */
import type { OptionCall, Value, VerbCall } from "./calls.ts";

export function fishScript(version: string, verbs: readonly VerbCall[]): string {
  return [
    `# twentywatt ${version}, completion for fish: twentywatt completion fish | source`,
    "complete -c twentywatt -e",
    "complete -c twentywatt -f",
    "complete -c twentywatt -n __fish_use_subcommand -s h -l help -d 'print the help'",
    "complete -c twentywatt -n __fish_use_subcommand -s V -l version -d 'print the version'",
    ...verbs.flatMap(verbLines),
  ].join("\n");
}

function verbLines(verb: VerbCall): string[] {
  const inside = `complete -c twentywatt -n '__fish_seen_subcommand_from ${verb.name}'`;
  return [
    `complete -c twentywatt -n __fish_use_subcommand -a ${verb.name} -d ${quoted(verb.description)}`,
    ...verb.options.map((option) => `${inside} ${optionFlags(option)}`),
    ...verb.arguments.flatMap(({ value }) => {
      const flags = valueFlags(value);
      return flags === "" ? [] : [`${inside} ${flags}`];
    }),
  ];
}

function optionFlags({ names, value, optionalValue, description }: OptionCall): string {
  const flags = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  // -x: nothing but the values, not the names of files
  const only = value && !["files", "assignment"].includes(value.kind) ? "-x" : "-r";
  const takes = value && !optionalValue ? [only] : [];
  const values = value ? [valueFlags(value)].filter((text) => text !== "") : [];
  return [...flags, ...takes, ...values, "-d", quoted(description)].join(" ");
}

function valueFlags(value: Value): string {
  switch (value.kind) {
    case "words":
      return value.words.length > 0 ? `-a ${quoted(value.words.join(" "))}` : "";
    case "files":
    case "assignment":
      return "-F";
    case "folders":
      return "-a '(__fish_complete_directories)'";
    case "model":
      return `-F -a ${quoted(value.words.join(" "))}`;
    case "anything":
      return "";
  }
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
