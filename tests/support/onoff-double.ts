/** onoff without a kernel: what it was asked for, and a line that the test changes. */
import type { GpioHost } from "../../host/sensors/gpio-host.ts";

type Changed = (error: Error | null | undefined, level: 0 | 1) => void;

export class OnoffLines {
  readonly exported: {
    line: number;
    direction: string;
    edge: string | undefined;
    activeLow: boolean | undefined;
  }[] = [];
  readonly written: number[] = [];
  unexported = 0;
  level: 0 | 1 = 0;
  /** what exporting raises */
  refuses: Error | null = null;
  private gone: Error | null = null;
  private read: () => 0 | 1 = () => this.level;
  private changed: Changed | null = null;

  change(level: 0 | 1): void {
    this.level = level;
    this.changed?.(null, level);
  }

  /** As onoff does it: an interrupt makes it read the level, and what that raises is nobody's to catch. */
  vanish(error: Error): void {
    this.gone = error;
    const level = this.read();
    this.changed?.(null, level);
  }

  fail(error: Error): void {
    this.changed?.(error, this.level);
  }

  readonly import: GpioHost["importOnoff"] = async () => {
    const lines = this;
    class Gpio {
      static readonly accessible = true;
      constructor(
        line: number,
        direction: "in" | "high" | "low",
        edge?: "none" | "rising" | "falling" | "both",
        options?: { activeLow?: boolean },
      ) {
        if (lines.refuses) throw lines.refuses;
        lines.exported.push({ line, direction, edge, activeLow: options?.activeLow });
      }
      readSync = (): 0 | 1 => {
        if (lines.gone) throw lines.gone;
        return lines.level;
      };
      unwatchAll() {
        lines.changed = null;
      }
      writeSync = (level: 0 | 1) => void lines.written.push(level);
      watch(changed: Changed) {
        lines.changed = changed;
        lines.read = () => this.readSync();
      }
      unexport() {
        lines.unexported += 1;
        lines.changed = null;
      }
    }
    return { Gpio };
  };
}
