/** What a deployment does now, on stderr: a line that changes in a terminal, a line per stage in a log. */
import type { DeployStage } from "../runtime/index.ts";
import { clipped, takesEscapes, widthOf } from "../text.ts";
import type { Io } from "./io.ts";
import { say } from "./say.ts";

const WORDS: Readonly<Record<DeployStage, string>> = {
  erase: "erasing the free slot",
  write: "sending the module",
  "read back": "reading it back",
  try: "loading it",
  test: "testing it on the board",
  activate: "making it the one that boots",
};

export function deployProgress({ stderr, env }: Pick<Io, "stderr" | "env">) {
  const drawn = takesEscapes(stderr, env);
  let shown = "";
  return (stage: DeployStage, done: number, total: number): void => {
    const percent = total > 1 ? ` ${Math.floor((100 * done) / total)} %` : "";
    const text = drawn ? `${WORDS[stage]}${percent}` : WORDS[stage];
    if (text === shown) return;
    shown = text;
    if (!drawn) say(stderr, `${text} …`);
    else stderr.write(`\r\x1b[2K${clipped(`${text} …`, widthOf(stderr) - 1)}`);
    if (drawn && stage === "activate") stderr.write("\r\x1b[2K");
  };
}
