/** Lines that carry short frames only: what is sent gets through in pieces, once, and what was long before is long again. */
import { expect, test } from "vitest";
import { checkForBoard, sessionOn } from "../../../host/runtime/board.ts";
import { deploy } from "../../../host/runtime/deploy.ts";
import { FrameRoom, LEAST_ROOM } from "../../../host/runtime/frame-room.ts";
import { slotInfo } from "../../../host/runtime/slot.ts";
import { addingModule } from "../../support/adding-module.ts";
import { copyingModule } from "../../support/copying-module.ts";
import { type DeviceLink, deviceLink, install } from "../../support/device-link.ts";
import type { Faults } from "../../support/faulty-line.ts";

const adding = await addingModule();

test("a room halves down to the least, and grows back to the most", () => {
  const room = new FrameRoom(1024);
  room.shrink(1024);
  expect(room.bytes).toBe(512);
  room.shrink(100);
  expect(room.bytes).toBe(50);
  for (let k = 0; k < 10; k++) room.shrink(room.bytes);
  expect(room.bytes).toBe(LEAST_ROOM);
  let exchanges = 0;
  for (; room.bytes < 1024; exchanges++) room.grow(room.bytes);
  expect(exchanges).toBe(6 * 32);
  for (let k = 0; k < 100; k++) room.grow(1024);
  expect(room.bytes).toBe(1024);
  room.shrink(512);
  for (let k = 0; k < 1000; k++) room.grow(100);
  expect(room.bytes).toBe(256);
});

/** A module of several kB over the line, and 40 steps of it: sums of all inputs so far, so that a step done twice shows. */
async function wholeWay(faults: Faults): Promise<DeviceLink> {
  const setup = deviceLink(faults);
  const { link, time, device } = setup;
  const checked = checkForBoard(adding);
  const session = await time.run(sessionOn(link, checked, { timers: time }));
  await time.run(deploy(link, adding, slotInfo(adding, checked.manifest)));
  expect(device.slots.read(device.slots.active)?.wasm).toEqual(adding);
  const output = new Uint8Array(session.outputBytes);
  let sum = 0;
  for (let k = 1; k <= 40; k++) {
    const input = new Uint8Array(session.inputBytes);
    new DataView(input.buffer).setInt32(0, k, true);
    await time.run(Promise.resolve(session.step(input, output)));
    sum += k;
    expect(new DataView(output.buffer).getInt32(0, true)).toBe(sum);
  }
  return setup;
}

test.each([
  ["a FIFO of 64 bytes, both ways", { fifoBytes: 64 }],
  ["one byte in a hundred lost", { byteLoss: 0.01 }],
  ["one in seventy, and text between", { byteLoss: 0.014, chatter: 0.2 }],
  [
    "a FIFO, losses, late and doubled frames",
    { fifoBytes: 80, byteLoss: 0.005, damage: 0.05, late: 0.1, delayMs: [200, 900] },
  ],
] as const)("%s: deployed, stepped, nothing lost or doubled", async (_, faults) => {
  const { link } = await wholeWay(faults as Faults);
  expect(link.counts().resends).toBeGreaterThan(0);
});

test("a clean line carries the longest frames from the first", async () => {
  const { link, device } = await wholeWay({});
  expect(link.counts().resends).toBe(0);
  expect(device.done.get("DATA")).toBe(Math.ceil(adding.length / 768));
});

test("frames grow again once the line is clean", async () => {
  const setup = await wholeWay({ fifoBytes: 64 });
  const { rooms } = setup.link;
  expect(rooms.request.bytes).toBeLessThan(64);
  setup.line.faults = {};
  const state = new Uint8Array(2 * 1024);
  const wasm = await copyingModule(8, state.length);
  install(setup.device, wasm);
  const { time } = setup;
  await time.run(setup.link.request("STATUS")).catch(() => {}); // it has restarted
  const session = await time.run(sessionOn(setup.link, checkForBoard(wasm), { timers: time }));
  for (let k = 0; k < 200 && rooms.request.bytes < 1024; k++) {
    await time.run(Promise.resolve(session.writeState(state)));
  }
  expect(rooms.request.bytes).toBe(1024);
  for (let k = 0; k < 200 && rooms.answer.bytes < 1024; k++) {
    await time.run(Promise.resolve(session.readState()));
  }
  expect(rooms.answer.bytes).toBe(1024);
});

test("an answer of many rows that does not fit the line is fetched, not asked for again", async () => {
  const wasm = await copyingModule(48, 48);
  const setup = deviceLink({});
  install(setup.device, wasm);
  const { time, link } = setup;
  const session = await time.run(sessionOn(link, checkForBoard(wasm), { timers: time }));
  const inputs = Uint8Array.from({ length: 48 * 20 }, (_, k) => k % 251);
  const outputs = new Uint8Array(inputs.length);
  setup.line.faults = { fifoBytes: 72 };
  await time.run(Promise.resolve(session.steps?.(inputs, 20, outputs)));
  expect((await time.run(session.counters())).steps).toBe(20n);
  const again = await sameRows(wasm, inputs);
  expect(outputs).toEqual(again);
});

/** The same rows one by one, over a line without faults. */
async function sameRows(wasm: Uint8Array, inputs: Uint8Array): Promise<Uint8Array> {
  const setup = deviceLink({});
  install(setup.device, wasm);
  const { time, link } = setup;
  const session = await time.run(sessionOn(link, checkForBoard(wasm), { timers: time }));
  const outputs = new Uint8Array(inputs.length);
  for (let at = 0; at < inputs.length; at += 48) {
    await time.run(session.step(inputs.subarray(at, at + 48), outputs.subarray(at, at + 48)));
  }
  return outputs;
}

test("an older firmware is not asked what it does not know", async () => {
  const setup = deviceLink({ damage: 0.2 }, { longFrames: true });
  install(setup.device, adding);
  for (let k = 0; k < 60; k++) await setup.time.run(setup.link.request("STATUS"));
  expect(setup.device.done.get("?")).toBeUndefined();
});
