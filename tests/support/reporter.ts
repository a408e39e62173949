/** Prints one line for every skipped test: `SKIP name: reason: fix`. Results themselves are the other reporters' work. */
import type { Reporter, TestModule, Vitest } from "vitest/node";

export default class SkipReporter implements Reporter {
  #chosen = false;

  onInit(vitest: Vitest): void {
    this.#chosen = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const note = result.state === "skipped" ? result.note : undefined;
        if (note === undefined && this.#chosen) continue; // left out by --testNamePattern
        const silent = `no reason given: see ${module.relativeModuleId}`;
        console.log(`SKIP ${test.fullName}: ${note ?? silent}`);
      }
    }
  }
}
