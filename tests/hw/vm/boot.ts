/** Runs a shell script in the virtual machine, which has this computer's files, read-only, and drivers of its own. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Kernel } from "./kernel.ts";

/** Emulated processors, without KVM: a virtual machine inside another one may have it and still fail with it. */
const MACHINE = ["-accel", "tcg", "-cpu", "max", "-m", "1536", "-smp", "2"];
const PLAIN = ["-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio"];
/** no_timer_check: on a busy computer the emulated timer is late, which is no fault of a machine. */
const CONSOLE = "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable nokaslr no_timer_check";

/**
 * @param folder holds run.sh, which is what runs; writable in the machine as /run/results. output.txt in it is what the
 *   script prints, console.txt what the machine does
 * @throws where the machine does not end in time
 */
export function boot(kernel: Kernel, folder: string, timeoutMs: number): Promise<void> {
  const shared = (tag: string, path: string, more: string) =>
    `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${more}`;
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...[...MACHINE, ...PLAIN],
      ...["-kernel", kernel.image, "-initrd", kernel.initramfs, "-append", CONSOLE],
      ...["-virtfs", shared("host", "/", ",readonly=on")],
      ...["-virtfs", shared("results", folder, "")],
      ...["-device", "virtio-rng-pci"],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const console = createWriteStream(join(folder, "console.txt"));
  child.stdout.pipe(console, { end: false });
  child.stderr.pipe(console, { end: false });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      console.end(() => {
        if (code === 0) resolve();
        else reject(new Error(`the virtual machine ended with ${signal ?? code}`));
      });
    });
  });
}
