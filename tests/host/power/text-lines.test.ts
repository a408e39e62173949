/** Every form of a printed reading; the values are worked out by hand beside it. */
import { expect, test } from "vitest";
import { PowerLines } from "../../../host/power/text-lines.ts";

/** All readings of a text, an empty line at its end. */
function readings(text: string) {
  const lines = new PowerLines();
  const found = [...text.split("\n"), ""].flatMap((line, k) => lines.push(line, BigInt(k)) ?? []);
  const { skipped, why } = lines;
  return { found, skipped, why };
}

/** What Adafruit_INA219's getcurrent prints. */
const ADAFRUIT = `
Hello!
Measuring voltage and current with INA219 ...
Bus Voltage:   4.98 V
Shunt Voltage: 10.20 mV
Load Voltage:  4.99 V
Current:       102.00 mA
Power:         508.00 mW

Bus Voltage:   4.96 V
Shunt Voltage: 10.30 mV
Load Voltage:  4.97 V
Current:       103.00 mA
Power:         510.00 mW
`;

test("Adafruit's example: a reading a block, with the load's volts and the time of its last line", () => {
  expect(readings(ADAFRUIT)).toMatchObject({
    found: [
      { atNs: 7n, watts: 0.508, volts: 4.98, amps: expect.closeTo(0.102, 12), lost: 0 },
      { atNs: 13n, watts: 0.51, volts: 4.96, amps: expect.closeTo(0.103, 12), lost: 0 },
    ],
    skipped: 2,
  });
});

test("a block without an empty line behind it ends where its names begin again", () => {
  const { found } = readings("U: 5 V\nI: 200 mA\nU: 5 V\nI: 300 mA");
  expect(found.map(({ watts }) => watts)).toEqual([1, 1.5]);
  expect(found.map(({ atNs }) => atNs)).toEqual([1n, 3n]);
});

test.each<[line: string, watts: number, volts: number | null, amps: number | null]>([
  ["V:5.01,mA:612.3", 3.067623, 5.01, 0.6123],
  ["V:5.01\tmA:612.3", 3.067623, 5.01, 0.6123],
  ["V:5.01 mA:612.3", 3.067623, 5.01, 0.6123],
  ["12:34:56.789 -> V:5.01,mA:612.3", 3.067623, 5.01, 0.6123],
  ["Voltage: 5.01 V, Current: 612.3 mA", 3.067623, 5.01, 0.6123],
  ["Voltage: 5.01 V Current: 612.3 mA", 3.067623, 5.01, 0.6123],
  ["volts=3.3 milliamps=20", 0.066, 3.3, 0.02],
  ["5.01 V 612.3 mA", 3.067623, 5.01, 0.6123],
  ["5.01V,0.6123A", 3.067623, 5.01, 0.6123],
  ["4.98 V; -102 mA", -0.50796, 4.98, -0.102],
  ['{"bus_V":5.01,"current_mA":612.3}', 3.067623, 5.01, 0.6123],
  ['{"t":17,"power_mW":3068,"note":"ok"}', 3.068, null, null],
  ['{"voltage":"5.01 V","current":"612.3 mA"}', 3.067623, 5.01, 0.6123],
  ["t:1000,power_uW:2.5e3", 0.0025, null, null],
  ["Bus Voltage (mV): 5000, Current [µA]: 40", 0.0002, 5, 0.00004],
  ["bus_v=5 current_a=0.5", 2.5, 5, 0.5],
])("a line that is a reading: %s", (line, watts, volts, amps) => {
  const { found, skipped } = readings(line);
  expect(found).toHaveLength(1);
  expect(found[0]?.watts).toBeCloseTo(watts, 12);
  expect(found[0]?.volts ?? null).toEqual(volts === null ? null : expect.closeTo(volts, 12));
  expect(found[0]?.amps ?? null).toEqual(amps === null ? null : expect.closeTo(amps, 12));
  expect(skipped).toBe(0);
});

test.each([
  ["time_ms,bus_V,current_mA", "10,5.01,612.3"],
  ["bus_V;shunt_mV;current_mA", "5,01;61,23;612,3"],
  ['"Date","Voltage (V)","Current (A)"', '"2026-01-01 10:00:00","5.01","0.6123"'],
  ["# V\tmA", "5.01\t612.3"],
])("a row below its header: %s", (header, row) => {
  const { found } = readings(`${row}\n${header}\n${row}`);
  expect(found).toHaveLength(1); // the one before the header has no units
  expect(found[0]?.watts).toBeCloseTo(3.067623, 12);
});

test.each([
  ["5.01,612.3", "5.01,612.3"],
  ["Voltage:5.01,Current:612.3", "Voltage without a unit"],
  ["Bus Voltage: 4,98 V, Current: 100 mA", "4,98"],
  ["4,98 V", "4,98"],
  ["V:5.01", "neither a power nor"],
  ["ch1_V:5,ch1_mA:1,ch2_V:5,ch2_mA:2", "several"],
  ["A0:512,V:5", "neither"],
  ["a_x:1,a_y:2,V:5", "neither"],
  ["shunt_mV:61.2,mA:612.3", "neither"],
  ["V:5,MA:3", "neither"],
  ["ets Jun  8 2016 00:22:57", "ets Jun"],
  ['{"V":5.01,', "V"],
])("no reading, and never one with a guessed unit: %s", (line, why) => {
  const read = readings(line);
  expect(read.found).toEqual([]);
  expect(read.skipped).toBeGreaterThanOrEqual(1);
  expect(read.why).toContain(why);
});

test.each([
  ["V:5,mA:nan", "V:5,mA:1"],
  ['{"V":5,"mA":null}', '{"V":5,"mA":1}'],
  ["V,mA\n5", "5,1"],
  ["V,mA\n5,nan", "5,1"],
])("what should have been a reading is lost: %j", (broken, whole) => {
  const { found } = readings(`${broken}\n${whole}`);
  expect(found).toMatchObject([{ watts: 0.005, lost: 1 }]);
});

test("bytes that are no text are lost, and end in bounded time", () => {
  const lines = new PowerLines();
  expect(lines.push(null, 0n)).toBeNull();
  for (const hostile of [
    `V${" ".repeat(1000)}x`,
    "1".repeat(1000),
    "a:".repeat(500),
    "{".repeat(900),
  ])
    expect(lines.push(hostile, 0n)).toBeNull();
  expect(lines.push("V:5,mA:1", 0n)).toMatchObject({ lost: 1 });
});
