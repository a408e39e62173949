import { describe, expect, test } from "vitest";
import { type DemoIo, runDemo } from "../../../host/demo/demo.ts";
import { WINDOW_LENGTH } from "../../../host/demo/features.ts";
import type { DemoSession } from "../../../host/demo/network.ts";
import { eventEnergy, frameLines, type Standing } from "../../../host/demo/report.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { drawCondition } from "../../../host/sensors/vibration.ts";
import { metered, simulated, twoSteps } from "../../support/demo-io.ts";

const ESCAPE = "\x1b";

describe("where it runs", () => {
  test("without a terminal it ends by itself after 10 s, in plain lines", async () => {
    const { io, text, seconds } = simulated();
    const report = await runDemo({ networks: [twoSteps] }, io);
    expect(seconds()).toBeGreaterThanOrEqual(10);
    expect(seconds()).toBeLessThan(10.5);
    // eight a second, after the windows that nothing was trained on and those back to back
    expect(report.standings[0]?.live.total).toBe(77);
    expect(text()).not.toContain(ESCAPE);
    expect(text().match(/^ +\d+\.\d s /gm)).toHaveLength(10);
    expect(text()).toMatch(/summary\n/);
  });

  test("with CI set a terminal gets the same, without redrawing", async () => {
    const { io, text, seconds } = simulated({ isTTY: true, env: { CI: "1", NO_COLOR: "1" } });
    await runDemo({ networks: [twoSteps] }, io);
    expect(seconds()).toBeLessThan(10.5);
    expect(text()).not.toContain(ESCAPE);
  });

  test("in a terminal it redraws one picture in place and gives the cursor back", async () => {
    const { io, text } = simulated({ isTTY: true });
    await runDemo({ networks: [twoSteps], seconds: 2 }, io);
    const frames = text().split(`${ESCAPE}[?25l`)[1]?.split(`${ESCAPE}[?25h`)[0] ?? "";
    const ups = [...frames.matchAll(new RegExp(`${ESCAPE}\\[(\\d+)A`, "g"))].map((m) =>
      Number(m[1]),
    );
    const lines = frames.split("\n").length - 1;
    expect(ups.length).toBeGreaterThan(10);
    expect(new Set(ups)).toEqual(new Set([lines / (ups.length + 1)]));
    expect(text()).toContain(`${ESCAPE}[3`);
  });

  test.each([
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["a dumb terminal", { TERM: "dumb" }],
  ])("%s: plain lines without an escape, and no end of their own", async (_, env) => {
    const interrupt = new AbortController();
    const { io, text, seconds } = simulated({ isTTY: true, env, signal: interrupt.signal });
    const waitUntil: DemoIo["waitUntil"] = async (timeNs, signal) => {
      if (seconds() > 20) interrupt.abort();
      if (!signal.aborted) await io.waitUntil(timeNs, signal);
    };
    await runDemo({ networks: [twoSteps] }, { ...io, waitUntil });
    expect(seconds()).toBeGreaterThan(15);
    expect(text()).not.toContain(ESCAPE);
    expect(text().match(/^ +\d+\.\d s /gm)?.length).toBeGreaterThan(15);
  });

  test("two networks fit a terminal of 24 lines", async () => {
    const networks = [twoSteps, { ...twoSteps, name: "other" }];
    const report = await runDemo({ networks, seconds: 1 }, metered().io);
    const condition = drawCondition("healthy", mulberry32(1));
    const block = {
      timeNs: 0n,
      values: new Float64Array(WINDOW_LENGTH),
      channels: 1,
      lostBefore: 0,
      condition,
    };
    const lines = frameLines(report, block, (_, text) => text, 80);
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.length).toBeLessThan(24);
  });

  test("an interrupt ends an endless demonstration with its summary", async () => {
    const interrupt = new AbortController();
    const { io, text } = simulated({ isTTY: true, signal: interrupt.signal });
    let blocks = 0;
    const waitUntil: DemoIo["waitUntil"] = async (timeNs, signal) => {
      if (++blocks === 30) interrupt.abort();
      if (!signal.aborted) await io.waitUntil(timeNs, signal);
    };
    const report = await runDemo({ networks: [twoSteps] }, { ...io, waitUntil });
    expect(report.standings[0]?.live.total).toBe(29);
    expect(text()).toContain("summary");
  });
});

describe("networks side by side", () => {
  test("each window starts from the initial state and takes its steps in order", async () => {
    const { io, calls } = simulated();
    await runDemo({ networks: [twoSteps], seconds: 1 }, io);
    expect(calls.slice(0, 6)).toEqual(["reset", 2, 7, "reset", 2, 7]);
    expect(calls.at(-1)).toBe("close");
  });

  test("every network has its row, its live tally and its figures", async () => {
    const { io, text } = simulated();
    const other = { ...twoSteps, name: "other" };
    const report = await runDemo({ networks: [twoSteps, other], seconds: 3 }, io);
    for (const { live, unseen } of report.standings) {
      expect(live.total).toBeGreaterThan(15);
      expect(unseen).toEqual({ correct: 400, total: 2000 }); // always says state 2 of 5
    }
    expect(text()).toMatch(/two steps: misalignment .* other: misalignment/);
    expect(text().match(/RMS alone/g)).toHaveLength(2);
    expect(text().match(/net:x: 40 synaptic events a decision/g)).toHaveLength(2);
    expect(
      text().match(/6 a decision of 3 neurons, 12 synapses, 2 steps of 1\.0 ms/g),
    ).toHaveLength(2);
    expect(report.standings[0]?.activity).toEqual({ steps: 2, spikes: 6, synapticEvents: 40 });
  });
});

describe("latency", () => {
  test("back to back, as bench times it, and live, with what else is in that time", async () => {
    const { io, text } = simulated();
    const { clock } = io;
    let live = false;
    // after a pause everything is slower here: as on a processor with cold caches
    const waitUntil: DemoIo["waitUntil"] = async (timeNs, signal) => {
      live = true;
      await io.waitUntil(timeNs, signal);
    };
    const slow: typeof io.load = async (graph) => {
      const loaded = await io.load(graph);
      const step: DemoSession["step"] = (input, output) => {
        for (let k = 0; live && k < 1000; k++) clock.nowNs();
        return loaded.session.step(input, output);
      };
      return { ...loaded, session: { ...loaded.session, step } };
    };
    const report = await runDemo(
      { networks: [twoSteps], seconds: 1 },
      { ...io, waitUntil, load: slow },
    );
    const { backToBack, networkUs } = report.standings[0] as Standing;
    for (const us of backToBack.network.us) expect(us).toBeCloseTo(40, 0);
    for (const us of networkUs) expect(us).toBeCloseTo(240, 0);
    expect(text()).toMatch(
      /latency +live decision 240 \/ 240 µs.*, network 240 \/ 240 µs, 40\.\d µs back to back/,
    );
    expect(text()).toContain("Back to back is without a pause, as `bench` times it");
    expect(text()).toContain("every 125 ms");
  });
});

describe("energy", () => {
  test("is not shown without a meter, and the summary says so", async () => {
    const { io, text } = simulated();
    const report = await runDemo({ networks: [twoSteps], seconds: 1 }, io);
    expect(report.standings[0]?.backToBack.network.joules).toBeNull();
    expect(text()).toContain("no meter, no number");
    expect(text()).not.toMatch(/\d J/);
  });

  test("carries its quality, its bounds and its share of 20 W", async () => {
    const plain = metered();
    const report = await runDemo({ networks: [twoSteps], seconds: 1 }, plain.io);
    const joules = report.standings[0]?.backToBack.network.joules;
    // two steps of 20 µs, and a look at the clock per fifty of them
    expect((joules?.low ?? 0) / 2).toBeCloseTo(40e-6, 8);
    expect((joules?.value ?? 0) / 4).toBeCloseTo(40e-6, 8);
    expect((joules?.high ?? 0) / 8).toBeCloseTo(40e-6, 8);
    expect(plain.text()).toMatch(/energy +network .*J … .*J\), estimated, scope core/);
    expect(plain.text()).toMatch(/estimated, scope core: .*% … .*% of 20 W, the brain's/);
    expect(plain.text()).toContain("Not included: memory.");
    // each of our bounds against the one of the brain's that is further away
    const event = eventEnergy(report.standings[0] as Standing);
    expect(event?.joules.value).toBeCloseTo((joules?.value ?? 0) / 40, 15);
    expect(event?.timesBrainLow).toBeCloseTo((joules?.low ?? 0) / 40 / 1.25e-12, 3);
    expect(event?.timesBrainHigh).toBeCloseTo((joules?.high ?? 0) / 40 / 20e-15, 3);
    expect(plain.text()).toMatch(/event .*J … .*J\): .* … .* × the brain's, estimated/);
    expect(plain.text()).toContain("20.0 fJ … 1.25 pJ");
  });
});
