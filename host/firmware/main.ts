/**
 * `npm run firmware -- [PORT…] [--json | --path] [--record]`: builds the firmware and prints what it takes. Without names: all
 * ports, of which those whose compiler is missing are named with the line that installs it, and the library for Arduino, which
 * is asked for alone as `arduino`. --record notes the sizes in
 * the recipes of boards, where `inspect` reads them. --path prints nothing but where the result lies. KERNELS=a,b in the
 * environment: firmware with these native kernels alone, as `inspect` prints those of a model.
 */
import { parseArgs } from "node:util";
import { fail, type Problem, TwentyWattError } from "../errors.ts";
import { ARDUINO, type Library, packArduino } from "./arduino.ts";
import { buildFirmware, type Firmware } from "./build.ts";
import { kernelList } from "./kernels.ts";
import { listPorts, readPort, recordSizes } from "./port.ts";

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    path: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const built: Firmware[] = [];
const packed: Library[] = [];
const problems: Problem[] = [];
const skipped: string[] = [];
for (const port of positionals.length > 0 ? positionals : [...listPorts(), ARDUINO]) {
  try {
    if (port === ARDUINO) {
      packed.push(await packArduino());
      continue;
    }
    const onCompile = (file: string) => process.stderr.write(`${port}: ${file}\n`);
    const kernels = kernelList(process.env.KERNELS);
    if (kernels && values.record) fail("USAGE", "--record", "with KERNELS", "all kernels");
    const firmware = await buildFirmware(port, { kernels, onCompile });
    built.push(firmware);
    if (values.record && readPort(port).memory) {
      const { flashBytes, ramBytes, compiler } = firmware;
      recordSizes(port, { flashBytes, ramBytes, compiler });
    }
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    const skip = positionals.length === 0 && error.code === "TARGET_MISSING";
    if (skip) skipped.push(`${port}: ${error.message}`);
    else problems.push(...error.problems);
  }
}
if (values.json) {
  const document = { schema: 1, verb: "firmware", ok: problems.length === 0, warnings: skipped };
  const rest = problems.length === 0 ? { results: built, libraries: packed } : { errors: problems };
  process.stdout.write(`${JSON.stringify({ ...document, ...rest })}\n`);
} else {
  for (const { port, path, flashBytes, ramBytes } of built) {
    const sizes = `${port}: flash ${flashBytes}, RAM ${ramBytes} bytes: `;
    process.stdout.write(`${values.path ? "" : sizes}${path}\n`);
  }
  for (const { path, bytes, sha256 } of packed) {
    process.stdout.write(
      `${values.path ? "" : `arduino: ${bytes} bytes, SHA-256 ${sha256}: `}${path}\n`,
    );
  }
  for (const line of skipped) process.stderr.write(`skipped ${line}\n`);
  for (const { code, where, got, expected, remedy } of problems) {
    // A wrong name is answered with those there are; `twentywatt --help` knows no ports.
    const rest = code === "USAGE" ? `, expected ${expected}.` : `. ${remedy}`;
    process.stderr.write(`${code}: ${where}: ${got}${rest}\n`);
  }
}
process.exitCode =
  problems.length === 0 ? 0 : problems.some(({ code }) => code === "USAGE") ? 2 : 1;
