/** A computer as a tree of small files in a temporary folder: /sys and /dev of a machine that nobody has at hand. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What stands in a file, without the line's end; bytes as they are; a link to another path of the tree. */
export type Content = string | number | Uint8Array | { readonly link: string };

export class Computer {
  readonly root = mkdtempSync(join(tmpdir(), "twentywatt-computer-"));

  constructor(files: Readonly<Record<string, Content>> = {}) {
    this.set(files);
  }

  set(files: Readonly<Record<string, Content>>): void {
    for (const [path, content] of Object.entries(files)) {
      const full = join(this.root, path);
      mkdirSync(dirname(full), { recursive: true });
      if (content instanceof Uint8Array) writeFileSync(full, content);
      else if (typeof content === "object") symlinkSync(join(this.root, content.link), full);
      else writeFileSync(full, `${content}\n`);
    }
  }

  /** Unplugged. */
  delete(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
