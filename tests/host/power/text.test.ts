/** A meter that prints, on a port in the test's hands and on a pseudo-terminal. */
import { afterEach, expect, test } from "vitest";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { openText } from "../../../host/power/text.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { kernelTest, printing } from "../../support/printing-port.ts";
import { port, turn } from "../../support/sensor-port.ts";

const URI = parseUri("text:/dev/ttyACM0@9600") as Uri;

async function opened() {
  const time = new FakeTime();
  const held = port();
  const meter = openText(URI, time, { line: held.line, timers: time });
  await turn();
  const say = (text: string, ms: number) => {
    time.pass(ms);
    held.print(text);
  };
  return { time, held, meter, say };
}

async function drained(meter: PowerMeter): Promise<{ samples: PowerSample[]; error: unknown }> {
  const samples: PowerSample[] = [];
  try {
    for await (const sample of meter.samples()) samples.push(sample);
  } catch (error) {
    return { samples, error };
  }
  return { samples, error: null };
}

test("readings every 500 ms: their distance is found, and a gap is what is longer", async () => {
  const { meter: opening, say, held } = await opened();
  say("1,mA:4\nHello\nV:5,mA:100\n", 0); // the first line is the end of another
  for (const _ of [1, 2]) say("V:5,mA:100\n", 500);
  const meter = await opening;
  expect(meter.facts).toMatchObject({ scope: "board", quality: "derived", gapSeconds: 1.25 });
  expect(meter.facts.notes.join(" ")).toContain(
    '1 of its first lines were no readings; the last: "Hello"',
  );
  const reading = drained(meter);
  say("V:5,mA:2", 500);
  say("00\nV:5,mA:nan\n", 250); // a line in two pieces
  say("V:5,mA:300\n", 250);
  await turn();
  held.pull();
  const { samples, error } = await reading;
  expect(samples).toEqual([
    { tNs: 1_750_000_000n, watts: 1, volts: 5, amps: 0.2, lost: 0 },
    { tNs: 2_000_000_000n, watts: 1.5, volts: 5, amps: 0.3, lost: 1 },
  ]);
  expect(error).toMatchObject({ code: "METER_LOST" });
});

test.each([
  ["", /no line/],
  ["x\n5.01,612.3\nVoltage:5.01,Current:612.3\n", /2 lines.*Voltage without a unit/],
  ["x\nV:5,mA:1\n", /1 reading in 10 s/],
])("a port that says no power is refused: %j", async (text, got) => {
  const { meter, say, time, held } = await opened();
  say(text, 0);
  time.pass(10_000);
  await expect(meter).rejects.toThrow(/METER_MISSING: --meter text:/);
  await expect(meter).rejects.toThrow(got);
  expect(held.state.closed).toBe(1); // the next one may have the port
});

test("a meter pulled out while it is opened", async () => {
  const { meter, held } = await opened();
  held.pull();
  await expect(meter).rejects.toThrow(/METER_MISSING/);
});

test.each(["text", "text:", "text:/dev/no-such-port", "text:/dev/null?shunt=1"])(
  "refused before anything is opened: %s",
  async (uri) => {
    await expect(openPower(uri)).rejects.toThrow(/METER_MISSING|USAGE/);
  },
);

const ports: { close: () => void }[] = [];
afterEach(() => {
  for (const one of ports.splice(0)) one.close();
});

kernelTest("a window of a meter behind a real tty", async () => {
  const printer = printing("Bus Voltage: 5.00 V\r\nCurrent: 400.0 mA\r\n\r\n", 20);
  ports.push(printer);
  const meter = await openMeter(`text:${printer.path}`);
  await meter.start();
  await new Promise((resolve) => setTimeout(resolve, 400));
  const { joules, seconds, coverage } = await meter.stop();
  await meter.close();
  expect(joules.value / seconds / coverage).toBeCloseTo(2, 6);
  expect(coverage).toBeGreaterThan(0.5);
});
