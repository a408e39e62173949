/** What doctor looks at: one computer, its files below a root, and who asks. Nothing here changes anything. */
import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { textOf } from "../linux/files.ts";
import { type GpioHost, thisComputer } from "../sensors/gpio-host.ts";

export type Patient = {
  /** where /sys, /proc, /dev, /etc, /lib and /usr stand */
  readonly root: string;
  readonly user: string;
  /** of this process: ids, not names */
  readonly groupIds: readonly number[];
  /** whether this user may read a path below the root; `write`: and write it */
  readonly may: (path: string, write?: "write") => boolean;
  /** whether a program of this name is on the PATH */
  readonly finds: (program: string) => boolean;
  readonly gpio: GpioHost;
  /** rejects with what Node says where a package is not there or does not load */
  readonly load: (name: "koffi" | "serialport" | "onoff") => Promise<unknown>;
  /** what the user says of meters, below no root; null: nothing is looked for */
  readonly settingsFile: string | null;
  /** whose open ports are no finding */
  readonly pid: number;
};

/** A computer by its root; more of it as given. */
export function patient(root = "/", more: Partial<Patient> = {}): Patient {
  return {
    root,
    user: userInfo().username,
    groupIds: process.getgroups?.() ?? [],
    may(path, write) {
      try {
        accessSync(join(root, path), constants.R_OK | (write ? constants.W_OK : 0));
        return true;
      } catch {
        return false;
      }
    },
    finds: (program) =>
      (process.env.PATH ?? "").split(":").some((folder) => executable(join(root, folder, program))),
    gpio: { ...thisComputer, root },
    load: (name) => LOAD[name](),
    settingsFile: null,
    pid: process.pid,
    ...more,
  };
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const LOAD = {
  koffi: async () => (await import("../linux/libc.ts")).loadSystemCalls(),
  serialport: () => import("serialport"),
  onoff: () => import("onoff"),
} as const;

/** Rows of /etc/group: name and members by id. */
function groupRows(root: string) {
  return (textOf(root, "etc/group") ?? "").split("\n").map((row) => {
    const [name = "", , id = "", members = ""] = row.split(":");
    return { name, id: Number(id), members: members.split(",") };
  });
}

/** Names of the groups that this process has; the number of one that has no name. */
export const groupNames = ({ root, groupIds }: Patient): string[] => {
  const rows = groupRows(root);
  return groupIds.map((gid) => rows.find(({ id }) => id === gid)?.name ?? String(gid));
};

/** Whether /etc/group gives this user the group: a process that began before does not have it yet. */
export const isMember = ({ root, user }: Patient, group: string): boolean =>
  groupRows(root).some(({ name, members }) => name === group && members.includes(user));

/** "0400"; null where there is no such file. */
export function modeOf(root: string, path: string): string | null {
  try {
    return `0${(statSync(join(root, path)).mode & 0o777).toString(8).padStart(3, "0")}`;
  } catch {
    return null;
  }
}
