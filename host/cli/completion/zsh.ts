/** Completion for zsh, by its own _arguments. */
import type { OptionCall, Value, VerbCall } from "./calls.ts";

export function zshScript(version: string, verbs: readonly VerbCall[]): string {
  return [
    "#compdef twentywatt",
    `# twentywatt ${version}, completion for zsh: source <(twentywatt completion zsh), after compinit`,
    "",
    "_twentywatt() {",
    "  local curcontext=$curcontext state line",
    "  local -a verbs",
    "  verbs=(",
    ...verbs.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`),
    "  )",
    "  _arguments -C \\",
    "    '(- *)'{-h,--help}'[print the help]' \\",
    "    '(- *)'{-V,--version}'[print the version]' \\",
    "    '1:verb:->verb' \\",
    "    '*::argument:->argument'",
    "  case $state in",
    "    verb) _describe verb verbs ;;",
    "    argument)",
    "      case $line[1] in",
    ...verbs.flatMap(verbLines),
    "      esac",
    "      ;;",
    "  esac",
    "}",
    "",
    "_twentywatt_record() {",
    "  compset -P '*='",
    "  _files",
    "}",
    "",
    "_twentywatt_model() {",
    "  local -a networks",
    '  networks=("$@")',
    "  _alternative 'files:file:_files' 'networks:network:compadd -a networks'",
    "}",
    "",
    "# from a folder of $fpath it is the function's body, sourced it only declares it",
    "if [[ $funcstack[1] == _twentywatt ]]; then",
    '  _twentywatt "$@"',
    "else",
    "  compdef _twentywatt twentywatt",
    "fi",
  ].join("\n");
}

function verbLines({ name, options, arguments: given, variadic }: VerbCall): string[] {
  const specs = [
    ...options.flatMap(optionSpecs),
    ...given.map(({ name: argument, value }, k) => {
      const place = variadic && k === given.length - 1 ? "*" : String(k + 1);
      return quoted(`${place}:${argument}:${actionOf(value)}`);
    }),
  ];
  return [
    `        ${name})`,
    "          _arguments \\",
    specs.map((spec) => `            ${spec}`).join(" \\\n"),
    "          ;;",
  ];
}

function optionSpecs(option: OptionCall): string[] {
  const { names, value, optionalValue, repeatable, description } = option;
  const told = description.replaceAll(/[[\]]/g, "\\$&");
  return names.map((name) => {
    const equals = value && name.startsWith("--") ? "=" : "";
    const action = value ? `${optionalValue ? "::" : ":"}value:${actionOf(value)}` : "";
    return quoted(`${repeatable ? "*" : ""}${name}${equals}[${told}]${action}`);
  });
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "words":
      return `(${colonsEscaped(value.words)})`;
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "assignment":
      return "_twentywatt_record";
    case "model":
      return `_twentywatt_model ${colonsEscaped(value.words)}`;
    case "anything":
      return " ";
  }
}

/** A colon would begin the next field. */
const colonsEscaped = (words: readonly string[]): string =>
  words.map((word) => word.replaceAll(":", "\\:")).join(" ");

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
