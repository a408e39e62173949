/** What modules take where they run: a board's own microseconds, another process's time on a processor. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test as plainTest } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { boardTarget, wasm3Target } from "../../../host/runtime/index.ts";
import { processTimeNs } from "../../../host/runtime/process-time.ts";
import { copyingModule } from "../../support/copying-module.ts";
import { DeviceModel } from "../../support/device-model.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { FaultyLine } from "../../support/faulty-line.ts";
import { missingPosix, posixProgram } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";

const posixTest = testUnless(missingPosix());
const linuxTest = testUnless(
  process.platform === "linux" ? null : { reason: "no /proc", fix: "run on Linux" },
);
const folder = mkdtempSync(join(tmpdir(), "twentywatt-work-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every step of this board takes 7 µs. */
const STEP_NS = 7000n;

async function board(inputs: number, outputs: number) {
  const time = new FakeTime();
  const device = new DeviceModel(time);
  const line = new FaultyLine(device, time, mulberry32(1));
  const target = boardTarget(line, { timers: time, random: mulberry32(2) });
  const wasm = await copyingModule(inputs, outputs);
  return { time, device, target, load: () => time.run(target.load(wasm)) };
}

describe("on a board", () => {
  // in one request, and in pieces
  for (const [inputs, outputs] of [
    [8, 8],
    [3000, 3000],
  ] as const) {
    plainTest(`each step of ${inputs} bytes counts once, in whichever way it goes`, async () => {
      const { time, target, load } = await board(inputs, outputs);
      const workedNs = target.countWork();
      const session = await load();
      const from = (await workedNs()) ?? 0n;
      const rows = new Uint8Array(12 * inputs).fill(1);
      const got = new Uint8Array(12 * outputs);
      await time.run(session.step(rows.subarray(0, inputs), got.subarray(0, outputs)));
      expect(await workedNs()).toBe(from + STEP_NS);
      await time.run(session.steps(rows, 12, got));
      expect(await workedNs()).toBe(from + 13n * STEP_NS);
      await time.run(session.timedStep(rows.subarray(0, inputs), 100));
      expect(await workedNs()).toBe(from + 113n * STEP_NS);
      time.pass(1_000_000); // waiting is no work
      expect(await workedNs()).toBe(from + 113n * STEP_NS);
    });
  }

  plainTest("steps cost one request more only where somebody counts", async () => {
    const requests = async (counting: boolean) => {
      const { time, device, target, load } = await board(8, 8);
      if (counting) target.countWork();
      const session = await load();
      const before = session.link.counts().requests;
      for (let k = 0; k < 5; k++) {
        await time.run(session.step(new Uint8Array(8), new Uint8Array(8)));
      }
      const status = device.done.get("STATUS") ?? 0;
      return [session.link.counts().requests - before, status, "lastStepNs" in session];
    };
    expect(await requests(false)).toEqual([5, 0, false]);
    const [all, status, times] = await requests(true);
    expect([all, times]).toEqual([10, true]);
    expect(status).toBeGreaterThanOrEqual(5);
  });
});

describe("of another process", () => {
  const proc = (content: string): string => {
    const root = mkdtempSync(join(folder, "proc-"));
    for (const thread of ["77", "78"])
      mkdirSync(join(root, "77/task", thread), { recursive: true });
    writeFileSync(join(root, "77/task/77/schedstat"), "30 5 1\n");
    writeFileSync(join(root, "77/task/78/schedstat"), content);
    return root;
  };
  /** Time passes at once; what each pause brings. */
  const timers = (tick: (k: number) => void) => {
    let k = 0;
    return {
      pauses: () => k,
      after: (_: number, call: () => void) => {
        tick(++k);
        setImmediate(call);
        return () => {};
      },
    };
  };

  plainTest("the first numbers of all threads, once two readings agree", async () => {
    const root = proc("1000 5 1\n");
    const still = timers((k) => {
      if (k < 3) writeFileSync(join(root, "77/task/78/schedstat"), `${1000 + 500 * k} 999999 2\n`);
    });
    expect(await processTimeNs(77, still, root)).toBe(2030n);
    expect(still.pauses()).toBe(3);
  });

  plainTest("a process that never rests is not waited for without end", async () => {
    const root = proc("0 0 0\n");
    const busy = timers((k) => writeFileSync(join(root, "77/task/78/schedstat"), `${k} 0 0\n`));
    expect(await processTimeNs(77, busy, root)).not.toBeNull();
    expect(busy.pauses()).toBeLessThan(100);
  });

  plainTest("nothing where the system does not say", async () => {
    const none = timers(() => {});
    expect(await processTimeNs(78, none, proc("1 2 3\n"))).toBeNull();
    expect(await processTimeNs(77, none, proc("(gone)\n"))).toBeNull();
  });

  linuxTest("a process that sleeps works less than the clock on the wall", async () => {
    // before it is there: it works while spawn() returns
    const startNs = process.hrtime.bigint();
    const child = spawn(process.execPath, ["-e", "process.stdin.once('data', () => {})"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    const worked = await processTimeNs(child.pid ?? 0);
    expect(worked).not.toBeNull();
    // on every processor at most for as long as it has been there
    const longest = availableParallelism() * Number(process.hrtime.bigint() - startNs);
    expect(Number(worked)).toBeLessThanOrEqual(longest);
    child.kill();
  });

  posixTest("WASM3's process: grows with the steps, and is unknown once it has ended", async () => {
    const target = wasm3Target(posixProgram);
    const workedNs = target.countWork();
    expect(await workedNs()).toBeNull();
    const session = await target.load(await copyingModule(8, 8));
    const from = (await workedNs()) ?? 0n;
    await session.timedStep(new Uint8Array(8), 60_000);
    const to = (await workedNs()) ?? 0n;
    expect(Number(to - from)).toBeGreaterThan(60_000); // a step takes more than a nanosecond
    await session.close();
    expect(await workedNs()).toBeNull();
  });
});

linuxTest("the kernel's file is as it is read here", () => {
  expect(readFileSync("/proc/self/schedstat", "utf8")).toMatch(/^\d+ \d+ \d+\n$/);
});
