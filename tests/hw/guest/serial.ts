/** Lines from a board on USB that is found by its numbers, pulled out, and found again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { openSensor } from "../../../host/sensors/open.ts";
import type { Block } from "../../../host/sensors/sensor.ts";
import { json } from "./command-line.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { options, take } from "./listening.ts";
import { textAt, until, within } from "./machine.ts";
import { IDS, Printing, SERIAL, withBoard } from "./printing.ts";
import { UsbBoard } from "./usb-board.ts";

const indices = (blocks: readonly Block[]): number[] =>
  blocks.flatMap(({ values }) => [...values].map((value) => value / 3));

/** Every sample is its own, and the numbers that are left out between two are those that are counted as lost. */
function accounted(blocks: readonly Block[]): void {
  let expected: number | null = null;
  for (const block of blocks) {
    for (const [k, value] of indices([block]).entries()) {
      const lost: number = k === 0 ? block.lostBefore : 0;
      if (expected !== null) assert.equal(value, expected + lost);
      expected = value + 1;
    }
  }
}

export const SERIAL_TESTS: readonly GuestTest[] = [
  {
    name: "serial: a board is found by its USB numbers, with its serial number and without",
    body: () =>
      withBoard(async (board) => {
        const printing = new Printing(board);
        for (const uri of [`serial:${IDS}`, `serial:${IDS}:${SERIAL}`]) {
          const io = options();
          const sensor = await openSensor(uri, io);
          accounted(await take(sensor, 20));
          assert.match(io.said.join("\n"), /json.*channels x.*losses by seq/is);
          await sensor.close();
        }
        await printing.stop();
        const missing = await problemOf(openSensor(`serial:${IDS}:OTHER`, options()));
        assert.equal(missing.code, "SENSOR_MISSING");
        assert.match(missing.got, new RegExp(`${IDS}:${SERIAL}`));
        const { documents } = await json(["doctor"]);
        const uris = documents.at(-1)?.sensors.map(({ uri }: { uri: string }) => uri);
        assert.ok(uris.includes(`serial:${IDS}:${SERIAL}`), uris.join());
      }),
  },
  {
    name: "serial: pulled out in the middle of a line and plugged in again, the gap is counted",
    body: async () => {
      const board = new UsbBoard();
      await board.plug(SERIAL);
      const io = options();
      const first = new Printing(board);
      const sensor = await openSensor(`serial:${IDS}`, io);
      const blocks = await take(sensor, 10);
      const made = await first.stop();
      board.print(`{"seq":${made},"x":${3 * made}`); // but for its end
      board.unplug();
      await until("the news", () => io.said.some((line) => line.includes("looking for it")));
      await board.plug(SERIAL);
      const second = new Printing(board);
      second.skip(made + 40);
      const iterator = sensor[Symbol.asyncIterator]();
      let last = -1;
      while (last < made + 60) {
        const what = `samples after ${last}; ${io.said.join("; ")}`;
        const { value } = await within(what, iterator.next());
        blocks.push(value as Block);
        last = indices(blocks).at(-1) ?? -1;
      }
      await second.stop();
      await sensor.close();
      board.unplug();
      assert.match(io.said.join("\n"), /back after [\d.]+ s/);
      accounted(blocks);
      assert.ok(blocks.some(({ lostBefore }) => lostBefore >= 40));
    },
  },
  {
    name: "serial: a port in use is refused with who holds it",
    body: () =>
      withBoard(async () => {
        const port = await until("the port", () => portOf(IDS));
        const holder = spawn("flock", [port, "sleep", "600"], { stdio: "ignore" });
        try {
          await until("the lock", () => textAt("/proc/locks").includes(`${holder.pid}`));
          const { code, got } = await problemOf(openSensor(`serial:${IDS}`, options()));
          assert.equal(code, "DEVICE_BUSY");
          assert.match(got, /^a port that (flock|sleep), process \d+, has open/);
          const { documents } = await json(["doctor"]);
          const findings = JSON.stringify(documents.at(-1)?.findings);
          assert.match(findings, new RegExp(`held by flock, process ${holder.pid}\\b`));
        } finally {
          holder.kill("SIGKILL");
        }
      }),
  },
];

/** By the kernel's own files. */
function portOf(ids: string): string | null {
  const names = [0, 1, 2, 3].map((n) => `ttyACM${n}`);
  const found = names.find((name) => {
    try {
      const [vendor, product] = ["idVendor", "idProduct"].map((file) =>
        textAt(`/sys/class/tty/${name}/device/../${file}`),
      );
      return `${vendor}:${product}` === ids;
    } catch {
      return false;
    }
  });
  return found === undefined ? null : `/dev/${found}`;
}
