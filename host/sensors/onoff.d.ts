/**
 * What gpio-onoff.ts uses of onoff. Declared here and not taken from the package, which only those install whose kernel has
 * no character devices for GPIO.
 */
declare module "onoff" {
  export class Gpio {
    /** Whether lines can be exported at all. */
    static readonly accessible: boolean;
    /** @param line its number in sysfs. @throws the error of node:fs that exporting it raised */
    constructor(
      line: number,
      direction: "in" | "high" | "low",
      edge?: "none" | "rising" | "falling" | "both",
      options?: { activeLow?: boolean },
    );
    readSync(): 0 | 1;
    writeSync(level: 0 | 1): void;
    watch(changed: (error: Error | null | undefined, level: 0 | 1) => void): void;
    unwatchAll(): void;
    /** Ends watching, too. The process lives until it is called. */
    unexport(): void;
  }
}
