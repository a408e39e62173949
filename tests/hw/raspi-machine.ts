/** QEMU's Raspberry Pi 3: started, listened to, and ended by its process id, for it does not end itself. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import type { Board } from "./raspi-image.ts";

/** The line after which nothing more comes. */
const DONE = /^DONE\r?$/m;
/** The kernel's last words where there is no init, or it ended. */
const HALTED = /System halted/;
/** A minute where nothing else runs, and many where much does; what hangs is ended after this. */
const LIMIT_SECONDS = 1800;
/** Of the log, in a failure. */
const TAIL_LINES = 40;

const ARGUMENTS = [
  ...["-M", "raspi3b", "-m", "1024", "-display", "none", "-no-reboot"],
  ...["-serial", "stdio", "-monitor", "none"],
];
/**
 * The console is the first serial port. Nothing of the kernel's own goes between the lines that are waited for: not even
 * that a processor was busy for long, which under emulation it is. Registers may be read: they are the hardware's word.
 */
const COMMAND_LINE =
  "console=ttyAMA0,115200 loglevel=1 nowatchdog rcupdate.rcu_cpu_stall_suppress=1 panic=-1 iomem=relaxed rdinit=/init";

/**
 * Boots, and waits until the init of the root in memory says that it is done.
 *
 * @returns all that the machine said
 * @throws with the end of its log where it ends before, or takes too long
 */
export function boot({ kernel, deviceTree }: Board, initrd: string): Promise<string> {
  const start = ["-kernel", kernel, "-dtb", deviceTree, "-initrd", initrd];
  // `timeout` ends the machine even where this process cannot
  const child = spawn(
    "timeout",
    [
      ...["--kill-after=10", String(LIMIT_SECONDS), "qemu-system-aarch64"],
      ...[...ARGUMENTS, ...start, "-append", COMMAND_LINE],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  // seen when it comes: what the ended machine says of its end may stand behind it, in the same line
  let done = false;
  const add = (text: string): void => {
    log += text;
    const end = log.slice(-4096);
    done ||= DONE.test(end);
    if (done || HALTED.test(end)) child.kill();
  };
  child.stdout.setEncoding("utf8").on("data", add);
  child.stderr.setEncoding("utf8").on("data", add);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (done) return resolve(log);
      const why = code === 124 ? `took more than ${LIMIT_SECONDS} s` : `ended with ${code}`;
      reject(new Error(`the machine ${why}; the end of its log:\n${tail(log)}`));
    });
  });
}

export const tail = (log: string): string =>
  stripVTControlCharacters(log).trimEnd().split(/\r?\n/).slice(-TAIL_LINES).join("\n");

/**
 * What a program of the machine said: the rest of its line `@NAME …`.
 *
 * @throws with the end of the log where there is no such line, or no JSON in it
 */
export function said(log: string, name: string): unknown {
  const [, text] = new RegExp(`^@${name} (.*?)\\r?$`, "m").exec(log) ?? [];
  try {
    return JSON.parse(text ?? "");
  } catch {
    throw new Error(`the machine said no JSON as @${name}; the end of its log:\n${tail(log)}`);
  }
}
