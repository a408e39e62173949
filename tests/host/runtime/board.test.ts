/** Sessions and deployments on a model of a board, over lines that fail: time is the test's own. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { encodeFrame } from "../../../host/lines/frame.ts";
import { mulberry32 } from "../../../host/model/random.ts";
import { type BoardTarget, boardTarget } from "../../../host/runtime/board.ts";
import type { BoardSession } from "../../../host/runtime/board-session.ts";
import { deploy } from "../../../host/runtime/deploy.ts";
import { localTarget } from "../../../host/runtime/index.ts";
import { addend, addingModule, sumOf } from "../../support/adding-module.ts";
import { copyingModule } from "../../support/copying-module.ts";
import { deviceLink, install, slotInfo } from "../../support/device-link.ts";
import { DeviceModel, type DeviceOptions } from "../../support/device-model.ts";
import { FakeTime } from "../../support/fake-time.ts";
import { type Faults, FaultyLine, LATE } from "../../support/faulty-line.ts";
import { exportGlobals, GLOBALS, handmade, INIT_AND_STEP } from "../../support/handmade-module.ts";

const adding = await addingModule();
/** what was on the board before */
const older = await copyingModule(8, 8);

type Setup = {
  readonly time: FakeTime;
  readonly device: DeviceModel;
  readonly line: FaultyLine;
  readonly target: BoardTarget;
  readonly stages: string[];
  readonly load: (module: Uint8Array) => Promise<BoardSession>;
};

function board(faults: Faults = {}, options: DeviceOptions = {}, seed = 3): Setup {
  const time = new FakeTime();
  const device = new DeviceModel(time, options);
  const line = new FaultyLine(device, time, mulberry32(seed), faults);
  const stages: string[] = [];
  const target = boardTarget(line, {
    timers: time,
    random: mulberry32(seed),
    onProgress: (stage) => {
      if (stages.at(-1) !== stage) stages.push(stage);
    },
  });
  return { time, device, line, target, stages, load: (module) => time.run(target.load(module)) };
}

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "no error";
  } catch (error) {
    return error instanceof TwentyWattError ? error.message : `not coded: ${error}`;
  }
};

const active = ({ slots }: DeviceModel): Uint8Array | undefined => slots.read(slots.active)?.wasm;

describe("a session", () => {
  for (const [inputs, outputs] of [
    [8, 8],
    [0, 8],
    [8, 0],
    [1021, 1018],
    [1022, 1019],
    [3000, 3000],
    [5000, 16],
    [16, 5000],
  ] as const) {
    test(`${inputs} bytes in, ${outputs} out: the same as V8, dense, sparse, in batches`, async () => {
      const wasm = await copyingModule(inputs, outputs);
      const { time, load } = board();
      const [there, here] = [await load(wasm), await localTarget().load(wasm)];
      const random = mulberry32(inputs + outputs);
      const n = 12;
      const rows = Uint8Array.from({ length: n * inputs }, (_, k) => {
        const density = [0, 0.001, 0.05, 1][Math.floor(k / inputs) % 4] ?? 0;
        return random() < density ? 1 + Math.floor(random() * 255) : 0;
      });
      const expected = new Uint8Array(n * outputs);
      const wanted = new Uint8Array(outputs);
      for (let k = 0; k < n; k++) {
        here.step(rows.subarray(k * inputs, (k + 1) * inputs), wanted);
        expected.set(wanted, k * outputs);
      }
      const got = new Uint8Array(n * outputs);
      for (let k = 0; k < n; k++) {
        const to = got.subarray(k * outputs, (k + 1) * outputs);
        const row = rows.subarray(k * inputs, (k + 1) * inputs);
        expect(await time.run(there.step(row, to))).toBe(5);
      }
      expect(Buffer.compare(got, expected)).toBe(0);
      expect(await time.run(there.counters())).toEqual(here.counters());
      const state = await time.run(there.readState());
      expect(state).toEqual(here.readState());
      await time.run(Promise.resolve(there.reset()));
      got.fill(0);
      expect(await time.run(there.steps(rows, n, got))).toBe(5);
      expect(Buffer.compare(got, expected)).toBe(0);
      await time.run(Promise.resolve(there.reset()));
      await time.run(Promise.resolve(there.writeState(state)));
      expect(await time.run(there.readState())).toEqual(state);
      expect(await time.run(there.timedStep(rows.subarray(0, inputs)))).toMatchObject({ us: 7 });
    });
  }

  test("silence costs few bytes: events where they are shorter", async () => {
    const wasm = await copyingModule(900, 900);
    const { time, device, load } = board();
    const session = await load(wasm);
    const sizes: number[] = [];
    const { receive } = device;
    device.receive = (bytes) => {
      sizes.push(bytes.length);
      receive.call(device, bytes);
    };
    const output = new Uint8Array(900);
    await time.run(session.step(new Uint8Array(900), output));
    await time.run(session.step(new Uint8Array(900).fill(1), output));
    expect(sizes[0]).toBeLessThan(20);
    expect(sizes[1]).toBeGreaterThan(900);
  });

  test("one step is timed before many go into a request: none is waited for in vain", async () => {
    const { time, device, load } = board();
    const session = await load(await copyingModule(8, 8));
    const sizes: number[] = [];
    const { receive } = device;
    device.receive = (bytes) => {
      sizes.push(bytes.length);
      receive.call(device, bytes);
    };
    const rows = new Uint8Array(8 * 100).fill(1);
    await time.run(session.steps(rows, 100, new Uint8Array(8 * 100)));
    expect(sizes[0]).toBeLessThan(40);
    expect(sizes.length).toBe(2);
  });

  test("refuses buffers and ranges that do not fit", async () => {
    const { time, load } = board();
    const session = await load(adding);
    const [small, right] = [new Uint8Array(7), new Uint8Array(8)];
    expect(await messageOf(time.run(session.step(small, right)))).toMatch(/^INPUT_SIZE/);
    expect(await messageOf(time.run(session.step(right, small)))).toMatch(/^INPUT_SIZE/);
    expect(await messageOf(time.run(session.steps(right, 2, right)))).toMatch(/^INPUT_SIZE/);
    expect(await messageOf(time.run(session.read(0, 1 << 20)))).toMatch(/^USAGE/);
    const wrong = Promise.resolve(session.writeState(small));
    expect(await messageOf(time.run(wrong))).toMatch(/^STATE_MISMATCH/);
  });
});

describe("deploying", () => {
  const ALL = ["erase", "write", "read back", "try", "test", "activate"];

  test("happens once: the same module is found there", async () => {
    const { device, stages, load, target, time } = board();
    const first = await load(adding);
    expect(stages).toEqual(ALL);
    expect(active(device)).toEqual(adding);
    const output = new Uint8Array(8);
    await time.run(first.step(addend(3), output));
    const second = await load(adding);
    expect(device.done.get("BEGIN")).toBe(1);
    await time.run(second.step(addend(4), output));
    expect(sumOf(output)).toBe(4); // and it was reset
    await load(older);
    expect(device.slots.sequence(device.slots.active)).toBe(2);
    expect(target.name).toBe("board:model");
  });

  test.each([1, 2, 3, 4, 5])("over a line that fails in every way, %i", async (seed) => {
    const away = { disconnect: 0.02, awayMs: [0, 2000] as const };
    const faults = { damage: 0.1, chatter: 0.1, ...away, ...LATE };
    const { time, device, load } = board(faults, {}, seed);
    install(device, older);
    const session = await load(await copyingModule(5000, 16));
    expect(active(device)).toEqual(await copyingModule(5000, 16));
    expect(device.restarts).toBe(1); // that of install()
    const output = new Uint8Array(16);
    await time.run(session.step(new Uint8Array(5000).fill(1), output));
    expect(output).toEqual(new Uint8Array(16).fill(1));
  });

  test.each(["BEGIN", "DATA", "READ_BACK", "ACTIVATE"])(
    "goes on where the board resets during %s",
    async (during) => {
      let resets = 2;
      const before = (name: string, device: DeviceModel) => {
        if (name !== during || resets === 0) return;
        resets--;
        device.restart(0);
        // nothing half applied
        expect(active(device)).toEqual(older);
        expect(device.module).not.toBeNull();
      };
      const { device, load, time } = board({}, { before });
      install(device, older);
      const session = await load(adding);
      expect(resets).toBe(0);
      expect(active(device)).toEqual(adding);
      const output = new Uint8Array(8);
      await time.run(session.step(addend(9), output));
      expect(sumOf(output)).toBe(9);
    },
  );

  test("a reset just after the header was written is no second deployment", async () => {
    let done = false;
    const { device, load } = board();
    install(device, older);
    const { commit } = device.slots;
    device.slots.commit = (n, info) => {
      const sequence = commit.call(device.slots, n, info);
      if (!done) {
        done = true;
        device.restart(0);
      }
      return sequence;
    };
    await load(adding);
    expect([device.done.get("BEGIN"), active(device)]).toEqual([1, adding]);
  });

  test("the same module in another mode is written, also where the board resets meanwhile", async () => {
    let resets = 1;
    const before = (name: string, device: DeviceModel) => {
      if (name === "DATA" && resets-- > 0) device.restart(0);
    };
    const { time, device, link } = deviceLink({}, { before });
    install(device, adding);
    const info = { ...slotInfo(adding), energy: true };
    expect(await time.run(deploy(link, adding, info))).toMatchObject({ attempts: 2, sequence: 2 });
    expect(device.slots.read(device.slots.active)?.info[8]).toBe(1);
  });

  test("a board that leaves for good is waited for once", async () => {
    const { time, device, line, link } = deviceLink({ awayMs: [1e9, 1e9] });
    install(device, older);
    await time.run(link.hello());
    const { receive } = device;
    device.receive = (bytes) => {
      receive.call(device, bytes);
      if (device.done.get("DATA")) line.disconnect();
    };
    const startNs = time.nowNs();
    expect(await messageOf(time.run(deploy(link, adding, slotInfo(adding))))).toMatch(
      /^DEVICE_TIMEOUT: .*unplugged; not there again/,
    );
    expect(Number(time.nowNs() - startNs) / 1e6).toBeLessThanOrEqual(62_000);
    expect(active(device)).toEqual(older);
  });

  test("a module that never returns: the watchdog, a coded error, the old module", async () => {
    const before = (name: string, device: DeviceModel) => {
      if (name === "TRY") device.restart(1);
    };
    const { device, load } = board({}, { before });
    install(device, older);
    expect(await messageOf(load(adding))).toMatch(
      /^DEVICE_TRAP: board:model: .*\(watchdog\).*expected steps that return within 30000 ms\. The module/,
    );
    expect(active(device)).toEqual(older);
    expect(device.module).not.toBeNull();
  });

  test("a module that faults: as much, and what a fault may mean", async () => {
    const before = (name: string, device: DeviceModel) => {
      if (name === "TRY") device.restart(3);
    };
    const { device, load } = board({}, { before });
    install(device, older);
    expect(await messageOf(load(adding))).toMatch(/^DEVICE_TRAP.*\(fault\).*its stack can run/);
    expect(active(device)).toEqual(older);
  });

  test("a host that vanishes in the middle of a frame, and another one", async () => {
    const { device, load } = board();
    install(device, older);
    const request = { type: 0x10, status: 0, session: 5, sequence: 1, payload: new Uint8Array(36) };
    device.receive(encodeFrame(request).subarray(0, 20));
    await load(adding);
    expect(active(device)).toEqual(adding);
  });

  const source = (body: string, globals = {}) => exportGlobals({ ...GLOBALS, ...globals }) + body;

  test("what the board refuses keeps the old module, and has the board's words", async () => {
    const cases = [
      [
        { slotBytes: 1024 },
        {},
        /^MODULE_TOO_BIG: board:model: flash: got a module of \d+ bytes, expected at most 768/,
      ],
      [
        { arenaBytes: 8192 },
        { mem_used: 65536 },
        /^MODULE_TOO_BIG: board:model: RAM: got linear memory of 65536 bytes, expected less than 8192/,
      ],
      [
        { arenaBytes: 8192 },
        { mem_used: 8000 },
        /^MODULE_TOO_BIG: board:model: TRY: got needs at least 12096 of 8192 bytes/,
      ],
    ] as const;
    for (const [options, globals, message] of cases) {
      const { device, load } = board({}, options);
      if (!("slotBytes" in options)) install(device, older);
      const wasm = await handmade({ source: source(INIT_AND_STEP, globals) });
      expect(await messageOf(load(wasm))).toMatch(message);
      if (!("slotBytes" in options)) expect(active(device)).toEqual(older);
    }
  });

  test("a trap in init(), an error of step()", async () => {
    const trap = `export function init(): i32 { return 1 / load<i32>(16); } export function step(): i32 { return 0; }`;
    const { device, load } = board();
    install(device, older);
    expect(await messageOf(load(await handmade({ source: source(trap) })))).toMatch(
      /^DEVICE_TRAP: board:model: TRY: got \[trap\] divide by zero/,
    );
    const wrong = `export function init(): i32 { return 0; } export function step(): i32 { return -2; }`;
    const selfTest = { steps: 1, input: "AAAAAAAAAAA=", output: "AAAAAAAAAAA=" };
    const module = await handmade({ source: source(wrong), manifest: { selfTest } });
    expect(await messageOf(load(module))).toMatch(/^DEVICE_TRAP: board:model: STEP: got step -2/);
    expect([active(device), device.done.get("ABORT")]).toEqual([older, 2]);
  });

  test("a self-test that fails there ends the trial", async () => {
    const selfTest = { steps: 1, input: "AQAAAAAAAAA=", output: "AgAAAAAAAAA=" };
    const module = await handmade({ source: source(INIT_AND_STEP), manifest: { selfTest } });
    const { device, load } = board();
    install(device, older);
    expect(await messageOf(load(module))).toMatch(
      /^MODULE_DAMAGED: self-test step 0: .*board:model/,
    );
    expect(active(device)).toEqual(older);
    expect(device.module?.memory.length).not.toBe(GLOBALS.mem_used);
  });

  test("the host's validator comes first", async () => {
    const { device, load } = board();
    const floats = `export function init(): i32 { return 0; }
      export function step(): i32 { store<f32>(24, load<f32>(16) * 2.5); return 0; }`;
    expect(await messageOf(load(await handmade({ source: source(floats) })))).toMatch(
      /^MODULE_FORMAT: function \d: got opcode 0x2a/,
    );
    const simd = await handmade({ source: source(INIT_AND_STEP), build: "simd" });
    expect(await messageOf(load(simd))).toMatch(/^MODULE_FORMAT.*mvp build/);
    expect(device.done.size).toBe(0);
  });

  test("flash that forgets is found when it is read back", async () => {
    const { device, load } = board();
    const { write } = device.slots;
    device.slots.write = (n, offset, bytes) =>
      write.call(
        device.slots,
        n,
        offset,
        bytes.map((byte, k) => (k === 200 ? byte ^ 4 : byte)),
      );
    expect(await messageOf(load(adding))).toMatch(/^DEVICE_FLASH: board:model: bytes 0 … \d+/);
    expect(active(device)).toBeUndefined();
  });
});
