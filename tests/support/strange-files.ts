/** Files that are none, or not as files usually are: each is made beside a sound one, under a name that ends as it does. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";

/** Nobody's disk: the bytes behind the first are a hole. */
const HUGE_BYTES = 10 * 2 ** 30;

export type Strange = { readonly what: string; readonly path: string };

export class StrangeFiles {
  private readonly children: ChildProcess[] = [];
  private readonly servers: Server[] = [];

  /** @param sound a file that is as it should be */
  async of(sound: string): Promise<readonly Strange[]> {
    const folder = mkdtempSync(join(dirname(sound), "strange-"));
    const made: Strange[] = [];
    const add = (what: string, make: (path: string) => unknown): void => {
      const path = join(folder, `${made.length}-${basename(sound)}`);
      make(path);
      made.push({ what, path });
    };
    const content = readFileSync(sound);
    add("a hole of 10 GB", (path) => hole(path, new Uint8Array(0)));
    add("what is sound, and a hole of 10 GB behind it", (path) => hole(path, content));
    add("a folder", mkdirSync);
    add("a loop of links", (path) => symlinkSync(basename(path), path));
    add("a link to nothing", (path) => symlinkSync("not-there", path));
    for (const device of ["zero", "full", "null", "urandom"]) {
      add(`/dev/${device}`, (path) => symlinkSync(`/dev/${device}`, path));
    }
    // whoever opens it finds a writer, again and again
    add("a pipe that ends at once", (path) => this.pipe(path, ': > "$0"'));
    for (const line of ["0", "a", "1,2,3", "1,2,3,4,5,6", "file,6,1", ""]) {
      add(`a pipe that says "${line}" without an end`, (path) =>
        this.pipe(path, `yes '${line}' > "$0" 2> /dev/null`),
      );
    }
    made.push({ what: "a file below a file", path: join(sound, basename(sound)) });
    // the name of a socket has 108 bytes at most
    const socket = join(folder, `s${basename(sound).replace(/^[^.]*/, "")}`);
    await new Promise<void>((resolve) => {
      this.servers.push(createServer().listen(socket, resolve));
    });
    made.push({ what: "a socket", path: socket });
    return made;
  }

  private pipe(path: string, script: string): void {
    spawnSync("mkfifo", [path]);
    const loop = `while [ -p "$0" ]; do ${script}; done`;
    this.children.push(spawn("sh", ["-c", loop, path], { stdio: "ignore", detached: true }));
  }

  /** Ends what it started. */
  close(): void {
    for (const server of this.servers.splice(0)) server.close();
    for (const { pid } of this.children.splice(0)) {
      try {
        // the shell, and what it started
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // it has ended
      }
    }
  }
}

function hole(path: string, content: Uint8Array): void {
  const file = openSync(path, "w");
  writeSync(file, content);
  ftruncateSync(file, HUGE_BYTES);
  closeSync(file);
}
