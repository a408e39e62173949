/** What a deployment does now, on stderr: a line that changes in a terminal, a line per stage in a log. */
import type { DeployStage } from "../runtime/index.ts";
import type { Io } from "./io.ts";

const WORDS: Readonly<Record<DeployStage, string>> = {
  erase: "erasing the free slot",
  write: "sending the module",
  "read back": "reading it back",
  try: "loading it",
  test: "testing it on the board",
  activate: "making it the one that boots",
};

export function deployProgress({ stderr }: Pick<Io, "stderr">) {
  let shown = "";
  return (stage: DeployStage, done: number, total: number): void => {
    const percent = total > 1 ? ` ${Math.floor((100 * done) / total)} %` : "";
    const text = stderr.isTTY === true ? `${WORDS[stage]}${percent}` : WORDS[stage];
    if (text === shown) return;
    shown = text;
    stderr.write(stderr.isTTY === true ? `\r\x1b[2K${text} …` : `${text} …\n`);
    if (stderr.isTTY === true && stage === "activate") stderr.write("\r\x1b[2K");
  };
}
