/** Prints one line for every skipped test: `SKIP name: reason: fix`. Results themselves are the other reporters' work. */
import type { Reporter, TestModule } from "vitest/node";

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const note = result.state === "skipped" ? result.note : undefined;
        const silent = `no reason given: see ${module.relativeModuleId}`;
        console.log(`SKIP ${test.fullName}: ${note ?? silent}`);
      }
    }
  }
}
