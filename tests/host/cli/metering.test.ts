/** --meter on every target: whose energy it is, which time it counts, and that every output says what it is. */
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { closeMetering, openMetering, withMeter } from "../../../host/cli/energy.ts";
import type { Session } from "../../../host/cli/result.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { type BoardTarget, boardTarget, guardedTarget } from "../../../host/runtime/index.ts";
import type { Clock } from "../../../host/units.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { copyingModule } from "../../support/copying-module.ts";
import { DeviceModel } from "../../support/device-model.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { FaultyLine } from "../../support/faulty-line.ts";
import { missingPosix, PosixBoard } from "../../support/posix-board.ts";
import { testUnless } from "../../support/skip.ts";
import { FLATTEN } from "../../support/small-models.ts";
import { relayModule } from "../../support/spiking-modules.ts";

const missing = missingPosix();
const posixTest = testUnless(missing);
const { file } = folderOfFiles();
const layered = file("flatten.tflite", FLATTEN);
let spiking = "";
let posix: PosixBoard;

beforeAll(async () => {
  spiking = file("relay.wasm", await relayModule());
  if (!missing) posix = await PosixBoard.start();
});
afterAll(() => posix?.close());

const SHORT = {
  run: ["--build", "mvp"],
  bench: ["--build", "mvp", "--seconds", "0.05"],
} as const;
const VERBS = ["run", "bench"] as const;

describe("an estimate is of the machine that does the work", () => {
  for (const verb of VERBS) {
    plainTest(
      `${verb}: the class of another machine is refused, and the right one named`,
      async () => {
        const args = [verb, layered, ...SHORT[verb], "--meter", "estimate:microcontroller"];
        const { code, errors } = await failure(...args);
        expect([code, errors[0]?.code]).toEqual([1, "METER_MISSING"]);
        expect(errors[0]?.got).toContain("the work runs on this processor");
        // and that one is taken
        const fits = errors[0]?.expected ?? "";
        expect(fits).toMatch(/^estimate:[a-z0-9-]+$/);
        const again = await cliJson([verb, layered, ...SHORT[verb], "--meter", fits]);
        const { energy } = verb === "run" ? again.document : again.document.results[0];
        expect(energy).toMatchObject({ meter: fits, quality: "estimated" });
      },
    );

    posixTest(`${verb}: on WASM3, this processor and the time of its process`, async () => {
      const args = [verb, layered, ...SHORT[verb], "--target", "wasm3", "--meter"];
      const { document } = await cliJson([...args, "estimate"]);
      const { energy } = verb === "run" ? document : document.results[0];
      expect(energy.method).toMatch(/^processor time of WASM3's process × /);
      expect(energy.instrument).not.toContain("microcontroller");
      const { errors } = await failure(...args, "estimate:microcontroller");
      expect(errors[0]?.code).toBe("METER_MISSING");
    });

    posixTest(`${verb}: a board that is some computer's process is charged to nobody`, async () => {
      const args = [verb, layered, ...SHORT[verb], "--target", `board:${posix.path}`, "--meter"];
      for (const meter of ["estimate", "estimate:x86-server", "estimate:microcontroller"]) {
        const { code, errors } = await failure(...args, meter);
        expect([code, errors[0]?.code]).toEqual([1, "METER_MISSING"]);
        expect(errors[0]?.remedy).toContain("--target wasm3");
      }
      const { errors } = await failure(...args, "rapl");
      expect(errors[0]?.got).toContain("the work runs on the board posix");
    });
  }

  plainTest(
    "an unknown class: all there are, in one line for a pipe and for a terminal",
    async () => {
      const { errors } = await failure("run", layered, "--meter", "estimate:pi3");
      expect(errors[0]?.expected).toMatch(/ x86-laptop, .* pi5, .* microcontroller$/);
      const { stderr } = await cli(["run", layered, "--meter", "estimate:pi3"]);
      expect(stderr).not.toContain("\\x0a");
    },
  );

  plainTest.each([
    ["qemu-m4", "an emulator has neither time nor energy"],
    ["qemu-rv32", "an emulator has neither time nor energy"],
    ["posix", "a process on a computer that it does not name"],
    ["", "it does not say which board it is"],
  ])("no microcontroller, no figure: %s", async (name, why) => {
    const asked: string[] = [];
    const target = {
      name: "board:x",
      connect: async () => ({ board: name }),
      countWork: () => () => 0n,
      close: async () => void asked.push("closed"),
    } as unknown as BoardTarget;
    const opening = openMetering("estimate", target, { io: { env: {} } } as unknown as Session);
    await expect(opening).rejects.toThrow(why);
    expect(asked).toEqual(["closed"]); // nobody else would let go of its line
    // without a meter it runs, and the report says the same
    const session = { io: {} } as unknown as Session;
    const metering = await openMetering(undefined, target, session);
    const { meter, machine } = metering;
    expect([meter, machine.here]).toEqual([null, false]);
    expect(machine.coreClass).toMatchObject({ why });
    // no module was loaded on it, and its line is let go of all the same
    await closeMetering(metering);
    expect(asked).toEqual(["closed", "closed"]);
  });

  plainTest("on a microcontroller, its own class and its own time", async () => {
    const time = new FakeTime();
    const line = new FaultyLine(new DeviceModel(time), time, mulberry32(1));
    const target = boardTarget(line, { timers: time, random: mulberry32(2) });
    const session = { io: { env: {} }, warn: () => {} } as unknown as Session;
    const { meter, machine } = await time.run(openMetering("estimate", target, session));
    expect(machine).toMatchObject({ name: "the board model", coreClass: "microcontroller" });
    const loaded = await time.run(target.load(await copyingModule(8, 8)));
    const io = { io: { stderr: { write: () => {} } } } as unknown as Session;
    const measured = await time.run(
      withMeter({ meter, machine }, io, async () => {
        for (let k = 0; k < 10; k++) await loaded.step(new Uint8Array(8), new Uint8Array(8));
        time.pass(5000);
      }),
    );
    // 7 µs each, and 10 … 500 mW
    expect(measured?.[0]?.active.seconds).toBeCloseTo(70e-6, 12);
    expect(measured?.[0]?.active.joules.low).toBeCloseTo(0.7e-6, 12);
    expect(measured?.[0]?.active.joules.high).toBeCloseTo(35e-6, 12);
  });
});

describe("processor time, not the clock on the wall", () => {
  /** The wall's clock goes on by an hour whenever somebody looks. */
  const hours = (): Clock => {
    let now = 0n;
    return { nowNs: () => (now += 3_600_000_000_000n) };
  };
  const steady = (stepNs: bigint): Clock => {
    let now = 0n;
    return { nowNs: () => (now += stepNs) };
  };

  for (const model of ["layered", "spiking"] as const) {
    plainTest(`${model}: hours of waiting cost nothing`, async () => {
      const clocks = { clock: hours(), processorTime: steady(2_000_000n) };
      const args = ["run", model === "layered" ? layered : spiking, "--meter", "estimate"];
      const { document } = await cliJson(args, clocks);
      // it is read at both ends of the window
      expect(document.energy.windowSeconds).toBeCloseTo(2e-3, 12);
      const { value, low, high } = document.energy.activeWatts;
      const each = document.energy.joulesPerStep;
      expect(each.low * document.steps).toBeCloseTo(2e-3 * low, 12);
      expect(each.value * document.steps).toBeCloseTo(2e-3 * value, 12);
      expect(each.high * document.steps).toBeCloseTo(2e-3 * high, 12);
      expect(document.energy.method).toContain("processor time of this process");
    });
  }

  plainTest("bench: the same", async () => {
    const clocks = { clock: hours(), processorTime: steady(3_000_000n) };
    const args = ["bench", layered, "--build", "mvp", "--seconds", "1", "--meter", "estimate"];
    const { document } = await cliJson(args, clocks);
    expect(document.results[0].energy.windowSeconds).toBeCloseTo(3e-3, 12);
  });

  posixTest("WASM3: neither the wall's clock nor the time of this process", async () => {
    const never: Clock = {
      nowNs: () => {
        throw new Error("the work is not done here");
      },
    };
    const args = ["run", layered, "--target", "wasm3", "--meter", "estimate"];
    const { document } = await cliJson(args, { clock: hours(), processorTime: never });
    expect(document.energy.windowSeconds).toBeGreaterThan(0);
    expect(document.energy.windowSeconds).toBeLessThan(3600);
  });

  plainTest("a module in a thread of its own is work of this process", async () => {
    const limit = { stepLimitSeconds: 1, signal: new AbortController().signal };
    const io = { env: {}, processorTime: steady(2n) };
    const session = { io, warn: () => {} } as unknown as Session;
    const { machine } = await openMetering("estimate", guardedTarget(limit), session);
    expect(machine.time).toBe("processor time of this process");
    expect(await machine.countWork()()).toBe(2n);
  });
});

describe("every output says what its figures are", () => {
  const says = (text: string) => {
    expect(text).toMatch(/\bestimated\b/);
    expect(text).toMatch(/\bscope core\b/);
    expect(text).toContain("processor time of this process");
    expect(text).not.toMatch(/\d(?:\.\d+)?e[+-]?\d+ (?:.?[JW]|%|times)/);
  };
  const measured = { scope: "core", quality: "estimated" };

  for (const verb of VERBS) {
    for (const model of ["layered", "spiking"] as const) {
      plainTest(`${verb}, ${model}`, async () => {
        const build = model === "layered" ? SHORT[verb] : SHORT[verb].slice(2);
        const args = [verb, model === "layered" ? layered : spiking, ...build];
        const metered = [...args, "--meter", "estimate"];
        const { document } = await cliJson(metered);
        const { energy } = verb === "run" ? document : document.results[0];
        expect(energy).toMatchObject(measured);
        expect(energy.doesNotInclude.length).toBeGreaterThan(0);
        says((await cli(metered)).stdout);
      });

      plainTest(`${verb}, ${model}, without a meter: only what there is`, async () => {
        const build = model === "layered" ? SHORT[verb] : SHORT[verb].slice(2);
        const args = [verb, model === "layered" ? layered : spiking, ...build];
        const { document } = await cliJson(args);
        const { remedy } = document.energyMissing ?? document.results[0].energyMissing;
        expect(remedy).toContain("`twentywatt help meters` lists the instruments");
        expect(remedy).not.toMatch(/external meter/);
        // a person gets one sentence, at the end of every run
        const { stdout } = await cli(args);
        expect(stdout).toMatch(/no figure: no meter was named.*`twentywatt help meters`/);
        expect(stdout).not.toContain("rapl");
      });
    }
  }

  plainTest("demo", async () => {
    const env = { CI: "1" };
    const { document, stderr } = await cliJson(["demo", "--seconds", "0.01"], { env });
    for (const { energy } of document.results) expect(energy).toMatchObject(measured);
    expect(document.meter).toMatchObject(measured);
    says(stderr); // its picture
    const live = stderr.split("\n").filter((line) => /^ +energy/.test(line));
    expect(live).toHaveLength(2);
    for (const line of live) expect(line).toMatch(/, estimated, scope core$/);
    says((await cli(["demo", "--seconds", "0.01"], { env })).stdout);
  });
});

plainTest(
  "several meters: the same windows side by side, each with its own scope, never mixed",
  async () => {
    const meters = "sim:steady?watts=5,estimate,sim:steady?watts=7&seed=2";
    const args = ["bench", layered, ...SHORT.bench, "--meter", meters];
    const { document } = await cliJson(args);
    const { energy, otherMeters } = document.results[0];
    expect(energy.activeWatts.value).toBeCloseTo(5, 1);
    expect(otherMeters.map(({ meter }: { meter: string }) => meter)).toEqual(
      meters.split(",").slice(1),
    );
    expect(otherMeters[1].activeWatts.value).toBeCloseTo(7, 1);
    expect(otherMeters[0]).toMatchObject({ quality: "estimated", idleWatts: null });
    const { stdout, stderr } = await cli(args);
    expect(stdout).toContain("beside it, sim:steady?watts=7&seed=2:");
    expect(stderr).toContain("figures are of no machine");
  },
);
