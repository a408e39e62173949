/** ?channel=: one channel of several, with its own unit, range and losses. */
import { expect, test } from "vitest";
import { chosenChannel } from "../../../host/sensors/one-channel.ts";
import { openSensor, sensorForms, sensorKeys } from "../../../host/sensors/open.ts";
import { type Block, lostAt, type Sensor } from "../../../host/sensors/sensor.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import { failedWith, folderOfFiles } from "../../support/cli.ts";
import { allBlocks, lostOf, sensorIo, valuesOf } from "../../support/sensor-io.ts";

const { file } = folderOfFiles();

/** Three channels; what is lost in the middle and at the end. */
function threeChannels() {
  const state = { closed: 0 };
  const names = ["x", "2", "z"];
  const sensor: Sensor<Block> = {
    ...{ uri: "test:", name: "a test", evidence: "by hand" },
    describe: () => ({
      channels: names.map((name, k) => ({ name, unit: ["V", "A", ""][k] ?? "" })),
      sampleRateHz: 10,
      ranges: [[0, 1], null, [-5, 5]],
    }),
    async close() {
      state.closed += 1;
    },
    async *[Symbol.asyncIterator]() {
      yield { timeNs: 1n, values: Float64Array.of(1, 2, 3, 4, 5, 6), channels: 3, lostBefore: 0 };
      yield { timeNs: 5n, values: Float64Array.of(7, 8, 9), channels: 3, lostBefore: 4 };
      yield lostAt(9n, 6, 3);
    },
  };
  return { sensor, state };
}

const uriOf = (text: string): Uri => parseUri(text) as Uri;

test.each([
  ["x", [1, 4, 7], "V", [0, 1]],
  ["0", [1, 4, 7], "V", [0, 1]],
  ["1", [2, 5, 8], "A", null],
  // a name comes before a number
  ["2", [2, 5, 8], "A", null],
  ["z", [3, 6, 9], "", [-5, 5]],
] as const)("channel=%s", async (wanted, values, unit, range) => {
  const { sensor, state } = threeChannels();
  const one = await chosenChannel(sensor, uriOf(`test:?channel=${wanted}`));
  const { channels, sampleRateHz, ranges } = one.describe();
  expect([channels.map((channel) => channel.unit), sampleRateHz, ranges]).toEqual([
    ...[[unit], 10, [range]],
  ]);
  const blocks = await allBlocks(one);
  expect([valuesOf(blocks), lostOf(blocks)]).toEqual([values, 10]);
  expect(blocks.map(({ timeNs, channels: n }) => [timeNs, n])).toEqual([
    ...[[1n, 1] as const, [5n, 1] as const, [9n, 1] as const],
  ]);
  await one.close();
  expect(state.closed).toBe(1);
});

test.each(["y", "3", "-1", "0.5", ""])("channel=%s: refused, and let go of", async (wanted) => {
  const { sensor, state } = threeChannels();
  const chosen = chosenChannel(sensor, uriOf(`test:?channel=${wanted}`));
  await expect(chosen).rejects.toThrow(/^USAGE: .*one of x, 2, z, or 0 to 2/);
  expect(state.closed).toBe(1);
});

test("every source that may have several has the key, and a table's is read with its unit", async () => {
  const kinds = sensorForms().filter(({ keys }) => "channel" in keys);
  expect(kinds.map(({ form }) => form.split(":")[0])).toEqual([
    ...["serial", "i2c", "iio", "mic", "csv", "wav", "rec"],
  ]);
  expect(sensorKeys("gpio:17")).not.toContain("channel");
  const rows = Array.from({ length: 20 }, (_, k) => `${k},${-k}`);
  const table = file("two.csv", `ax [m/s2],ay [V]\n${rows.join("\n")}\n`);
  const sensor = await openSensor(`csv:${table}?channel=ay`, sensorIo());
  expect(sensor.describe().channels).toEqual([{ name: "ay", unit: "V" }]);
  expect(valuesOf(await allBlocks(sensor))).toEqual(rows.map((_, k) => -k + 0));
  await sensor.close();
  const record = ["record", `csv:${table}?channel=az`, "-o", `${table}.rec`];
  expect(await failedWith(...record)).toBe("USAGE 2");
});
