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
  private changed: Changed | null = null;

  change(level: 0 | 1): void {
    this.level = level;
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
      readSync = () => lines.level;
      writeSync = (level: 0 | 1) => void lines.written.push(level);
      watch(changed: Changed) {
        lines.changed = changed;
      }
      unexport() {
        lines.unexported += 1;
        lines.changed = null;
      }
    }
    return { Gpio };
  };
}
