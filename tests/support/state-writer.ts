/** Writes two states in turn into one file, until it is killed: arguments are the file and the size of the states. */
import { writeState } from "../../host/files/state-file.ts";

const [path = "", size = "0"] = process.argv.slice(2);
const digest = new Uint8Array(32).fill(1);
process.stdout.write("writing\n");
for (let step = 0; ; step = 1 - step) {
  const state = new Uint8Array(Number(size)).fill(step + 1);
  await writeState(path, { digest, step, state });
}
