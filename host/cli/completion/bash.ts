/** Completion for bash 3.2 and later: a table of what may follow, and what bash's own splitting of words makes of it. */
import type { OptionCall, Value, VerbCall } from "./calls.ts";

/**
 * bash splits words at = and : too, and replaces only what stands behind the last of them. The function puts the word
 * together again, completes it whole, and takes away what bash keeps.
 */
const FUNCTIONS = `
_twentywatt() {
  local word="" prev="" value option="" verb="" place=0 k part
  local -a words
  words=()
  for ((k = 0; k <= COMP_CWORD; k++)); do
    part="\${COMP_WORDS[k]}"
    if ((k > 0)) && [[ "$part" == [:=]* || "$word" == *[:=] ]] && [[ "$word" != "" ]]; then
      word="$word$part"
      words[\${#words[@]}-1]="$word"
    else
      word="$part"
      words[\${#words[@]}]="$word"
    fi
  done
  COMPREPLY=()
  for ((k = 1; k < \${#words[@]} - 1; k++)); do
    prev="\${words[k]}"
    if [[ "$option" != "" ]]; then
      option=""
    elif [[ "$verb" == "" ]]; then
      [[ "$prev" == -* ]] || verb="$prev"
    elif [[ "$prev" == -* ]]; then
      if _twentywatt_takes "$verb" "$prev"; then option="$prev"; fi
    else
      place=$((place + 1))
    fi
  done
  value="$word"
  if [[ "$option" == "" && "$word" == --*=* ]]; then
    option="\${word%%=*}"
    value="\${word#*=}"
  fi
  if [[ "$option" != "" ]]; then
    _twentywatt_option "$verb" "$option"
  elif [[ "$word" == -* ]]; then
    _twentywatt_options "$verb"
  elif [[ "$verb" == "" ]]; then
    _twentywatt_words "$(_twentywatt_verbs)"
  else
    _twentywatt_argument "$verb" "$place"
  fi
  # bash has replaced nothing before the last of its own breaks
  local kept=""
  [[ "$value" == *:* && "$COMP_WORDBREAKS" == *:* ]] && kept="\${value%"\${value##*:}"}"
  for ((k = 0; k < \${#COMPREPLY[@]}; k++)); do
    COMPREPLY[k]="\${COMPREPLY[k]#"$kept"}"
    if [[ "$word" == --*=* && "$COMP_WORDBREAKS" != *=* ]]; then COMPREPLY[k]="\${word%%=*}=\${COMPREPLY[k]}"; fi
  done
}

_twentywatt_words() {
  COMPREPLY=($(compgen -W "$1" -- "$value"))
  # a port or a class follows
  if [[ "\${#COMPREPLY[@]}" == 1 && "\${COMPREPLY[0]}" == *: ]]; then compopt -o nospace 2>/dev/null; fi
}

_twentywatt_files() {
  local IFS=$'\\n'
  COMPREPLY=(\${COMPREPLY[@]+"\${COMPREPLY[@]}"} $(compgen "$1" -- "$value"))
  compopt -o filenames 2>/dev/null
}

_twentywatt_assignment() {
  [[ "$value" == *=* ]] || return
  local before="\${value%=*}="
  value="\${value##*=}"
  _twentywatt_files -f
  if [[ "$COMP_WORDBREAKS" != *=* ]]; then COMPREPLY=("\${COMPREPLY[@]/#/$before}"); fi
}
`;

export function bashScript(version: string, verbs: readonly VerbCall[]): string {
  return [
    `# twentywatt ${version}, completion for bash: source <(twentywatt completion bash)`,
    FUNCTIONS,
    "_twentywatt_verbs() {",
    `  echo ${verbs.map(({ name }) => name).join(" ")}`,
    "}",
    "",
    "# whether the next word is the value of this option",
    "_twentywatt_takes() {",
    '  case "$1 $2" in',
    ...verbs.flatMap(({ name, options }) => {
      const taking = options.filter(({ value, optionalValue }) => value && !optionalValue);
      return taking.length > 0 ? [`    ${patterns(name, taking)}) return 0 ;;`] : [];
    }),
    "  esac",
    "  return 1",
    "}",
    "",
    "_twentywatt_option() {",
    '  case "$1 $2" in',
    ...verbs.flatMap(({ name, options }) =>
      options.flatMap((option) => {
        const action = option.value && actionOf(option.value);
        return action ? [`    ${patterns(name, [option])}) ${action} ;;`] : [];
      }),
    ),
    "  esac",
    "}",
    "",
    "_twentywatt_options() {",
    '  case "$1" in',
    ...verbs.map(
      ({ name, options }) =>
        `    ${name}) _twentywatt_words "${options.flatMap(({ names }) => names).join(" ")}" ;;`,
    ),
    '    *) _twentywatt_words "--help --version" ;;',
    "  esac",
    "}",
    "",
    "_twentywatt_argument() {",
    '  case "$1 $2" in',
    ...verbs.flatMap((verb) => verb.arguments.flatMap((_, k) => argumentCase(verb, k))),
    "  esac",
    "}",
    "",
    "complete -F _twentywatt twentywatt",
  ].join("\n");
}

const patterns = (verb: string, options: readonly OptionCall[]): string =>
  options.flatMap(({ names }) => names.map((name) => `"${verb} ${name}"`)).join(" | ");

function argumentCase({ name, arguments: given, variadic }: VerbCall, k: number): string[] {
  const value = given[k]?.value;
  const action = value && actionOf(value);
  if (!action) return [];
  const open = variadic && k === given.length - 1;
  return [`    ${open ? `"${name} "*` : `"${name} ${k}"`}) ${action} ;;`];
}

/** null: anything may stand there. */
function actionOf(value: Value): string | null {
  switch (value.kind) {
    case "words":
      return `_twentywatt_words "${value.words.join(" ")}"`;
    case "files":
      return "_twentywatt_files -f";
    case "folders":
      return "_twentywatt_files -d";
    case "assignment":
      return "_twentywatt_assignment";
    case "model":
      return `_twentywatt_words "${value.words.join(" ")}"; _twentywatt_files -f`;
    case "anything":
      return null;
  }
}
