/**
 * Who has a serial port open, as Linux says it below /proc: of other users' programs only root sees it. Elsewhere, and
 * where nothing may be seen, nobody is named.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";

export type Process = {
  readonly pid: number;
  /** as its user would name it: "minicom", "python3 logger.py" */
  readonly program: string;
};

/** Programs whose name says little without that of what they run. */
const INTERPRETER = /^(node|nodejs|python[\d.]*|perl|ruby|sh|bash|dash)$/;

/** @param root where /proc stands */
export const processes = (root: string): Process[] =>
  namesIn(join(root, "proc"))
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const program = programOf(join(root, "proc", name));
      return program === null ? [] : [{ pid: Number(name), program }];
    });

type Question = {
  /** where /proc stands */
  readonly root?: string;
  /** a process that does not count: the one that asks */
  readonly but?: number;
  /** those count too that made the pseudo-terminal and hold both of its sides (no) */
  readonly makers?: boolean;
};

/**
 * Programs that read a port, or could. What made a pseudo-terminal is at its other end, even if it holds both.
 *
 * @param device "/dev/ttyACM0", no link
 */
export const holdersOf = (
  device: string,
  { root = "/", but, makers = false }: Question = {},
): Process[] =>
  processes(root).filter(({ pid }) => {
    if (pid === but) return false;
    const folder = join(root, "proc", String(pid));
    const open = namesIn(join(folder, "fd")).map((fd) => ({
      target: linkAt(join(folder, "fd", fd)),
      info: () => textOf(join(folder, "fdinfo", fd)) ?? "",
    }));
    const made = () =>
      open.some(({ target, info }) => target?.endsWith("/ptmx") && masterOf(info()) === device);
    return (
      open.some(({ target, info }) => target === device && !writesOnly(info())) &&
      (makers || !made())
    );
  });

/** The command that ends what keeps a port. */
export const endingOf = ({ pid, program }: Process): string =>
  program === "ModemManager" ? "sudo systemctl stop ModemManager" : `kill ${pid}`;

/** The kernel's name of a program has 15 letters, and of Node's threads none of Node: the command line knows more. */
function programOf(folder: string): string | null {
  const kernelName = textOf(join(folder, "comm"));
  if (kernelName === null) return null;
  const [command = "", script = ""] = (textOf(join(folder, "cmdline")) ?? "").split("\0");
  const program = basename(command) || kernelName.trim();
  const runs = INTERPRETER.test(program) && /^[^-]/.test(script);
  return runs ? `${program} ${basename(script)}` : program;
}

/** fcntl.h: the two lowest bits of the flags are 1 for O_WRONLY. */
const writesOnly = (info: string): boolean => /^flags:\s*[0-7]*[15]$/m.test(info);

/** The terminal at the other end of an open /dev/ptmx; null where the kernel does not say. */
function masterOf(info: string): string | null {
  const index = /^tty-index:\s*(\d+)$/m.exec(info)?.[1];
  return index === undefined ? null : `/dev/pts/${index}`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it ended meanwhile, or is another user's
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
