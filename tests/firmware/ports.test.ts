/** Every port builds from the sources here; the emulated ones boot, and come back from every kind of restart. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TwentyWattError } from "../../host/errors.ts";
import { buildFirmware, FIRMWARE, listPorts, readPort } from "../../host/firmware/index.ts";
import type { Link } from "../../host/runtime/link.ts";
import { parseModel, parseStatus } from "../../host/runtime/requests.ts";
import { EMULATED, linkTo, missingBoards } from "../support/boards.ts";
import { exportGlobals, GLOBALS, handmade } from "../support/handmade-module.ts";
import { missingFeature } from "../support/packages.mjs";
import { PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { testUnless } from "../support/skip.ts";

const boardTest = testUnless(missingBoards());
const MINUTES = 60_000;

test("the README lists every port", () => {
  const readme = readFileSync(join(FIRMWARE, "README.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = ""]) => name);
  expect(rows.sort()).toEqual(listPorts());
});

test("a folder is a port, or sources that ports share", () => {
  const folders = readdirSync(join(FIRMWARE, "ports")).sort();
  const shared = listPorts().flatMap((name) => readPort(name).shared ?? []);
  expect(folders).toEqual([...new Set([...listPorts(), ...shared])].sort());
  expect(listPorts().filter((name) => shared.includes(name))).toEqual([]);
});

boardTest(
  "a copy of the template fails until its functions are filled in, and names them",
  async () => {
    const build = buildFirmware("template", { flags: ["-UTW_TEMPLATE"] });
    const problem = await build.catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(TwentyWattError);
    expect((problem as TwentyWattError).code).toBe("FIRMWARE");
    for (const name of ["now_us", "read_line", "write_line", "watchdog", "reset", "erase"]) {
      expect((problem as TwentyWattError).message).toContain(`"${name}: `);
    }
  },
);

describe.each(listPorts())("%s", (name) => {
  const feature = readPort(name).compiler === "cc" ? "cc" : "boards";
  testUnless(missingFeature(feature))(
    "builds",
    async () => {
      const { flashBytes, ramBytes } = await buildFirmware(name);
      expect(flashBytes).toBeGreaterThan(30_000);
      expect(ramBytes).toBeGreaterThan(1_000);
    },
    5 * MINUTES,
  );
});

boardTest(
  "Cortex-M4: core, kernels, port and WASM3 take at most 85 kB of flash and 4 kB of RAM",
  async () => {
    const { flashBytes, ramBytes } = await buildFirmware("qemu-m4");
    expect(flashBytes).toBeLessThanOrEqual(84_000);
    expect(ramBytes).toBeLessThanOrEqual(4_096);
  },
);

const INIT = "export function init(): i32 { return 0; }";

/** Counts its steps; loops without end or traps when the input says so. */
const MODULE = `${exportGlobals({ ...GLOBALS, state_len: 8, cnt_ptr: 40 })}
${INIT}
export function step(): i32 {
  const wish = load<i32>(16);
  while (load<i32>(16) == 1) store<i32>(36, load<i32>(36) + 1);
  if (wish == 2) unreachable();
  store<i32>(24, load<i32>(24) + 1);
  return 0;
}`;

describe.each(EMULATED)("%s", (name) => {
  let link: Link;
  let printed = "";
  let wasm: Uint8Array;
  let boot = 0;

  const skipped = missingBoards() !== null;
  beforeAll(async () => {
    if (skipped) return;
    wasm = await handmade({ source: MODULE });
    link = await linkTo(name, { onText: (text) => (printed += text) });
  }, 5 * MINUTES);
  afterAll(() => link?.close());

  const wish = (n: number) => {
    const input = Uint8Array.of(0, 1, 0, n, 0, 0, 0, 0, 0, 0, 0);
    return link.request("STEP", input, PATIENCE_MS);
  };
  /** The board has restarted, with the module it had, and serves. */
  const cameBack = async (reason: string) => {
    const hello = await link.hello(PATIENCE_MS);
    expect(hello).toMatchObject({ board: name, resetReason: reason, loaded: true });
    expect(hello.boot).not.toBe(boot);
    boot = hello.boot;
    expect(parseModel(await link.request("MODEL")).bytes).toBe(wasm.length);
    await wish(0);
  };
  const restarted = (request: Promise<unknown>) =>
    expect(request).rejects.toThrow(/^DEVICE_RESTARTED/);

  boardTest("says MLPerf Tiny's boot lines and who it is", async () => {
    const hello = await link.hello(PATIENCE_MS);
    boot = hello.boot;
    expect(hello).toMatchObject({ board: name, resetReason: "power", loaded: false });
    expect(printed).toMatch(
      /m-timestamp-mode-performance\r\nm-lap-us-\d+\r\nm-init-done\r\nm-ready/,
    );
    const status = parseStatus(await link.request("STATUS"));
    expect(status.arenaBytes).toBe(hello.arenaBytes);
    expect(status.stackUsed).toBeLessThan(status.stackBytes / 2);
  });

  boardTest("keeps a module over a restart that the host asked for", async () => {
    const model = await plainDeploy(link, wasm, { stepLimitMs: 500 });
    expect(model.memUsed).toBe(GLOBALS.mem_used);
    await wish(0);
    await link.request("RESET");
    await restarted(link.request("STATUS", undefined, PATIENCE_MS));
    await cameBack("software");
  });

  boardTest("the watchdog ends an endless loop", async () => {
    await restarted(wish(1));
    await cameBack("watchdog");
  });

  boardTest("a trap is an error, and the module stays", async () => {
    const problem = await wish(2).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(TwentyWattError);
    expect((problem as TwentyWattError).code).toBe("DEVICE_TRAP");
    await wish(0);
    expect((await link.hello()).boot).toBe(boot);
  });

  boardTest("an idle board keeps time", async () => {
    const uptime = async () => parseStatus(await link.request("STATUS")).uptimeUs;
    const before = await uptime();
    const after = await uptime();
    expect(after).toBeGreaterThan(before);
    expect(after - before).toBeLessThan(60_000_000);
  });

  boardTest(
    "a stack that overflows is a fault, and the board comes back",
    async () => {
      const program = fileURLToPath(new URL("programs/overflow", import.meta.url));
      const { path } = await buildFirmware(name, { program });
      const other = await linkTo(name, { elf: path });
      try {
        expect(await other.hello(PATIENCE_MS)).toMatchObject({ resetReason: "fault" });
      } finally {
        await other.close();
      }
    },
    5 * MINUTES,
  );
});
