/**
 * A Raspberry Pi 3 under Debian's own kernel, in QEMU: what doctor says there, lines by their numbers as the kernel and the
 * hardware see them, and networks compiled and run on its processor. QEMU's lines take no input: edges are tested on
 * chips that can be driven.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import type { Finding } from "../../host/cli/doctor-checks.ts";
import type { Problem } from "../../host/errors.ts";
import { NOT_BUILT } from "../support/built.ts";
import { unfetched } from "../support/fetched.ts";
import { missingFeature } from "../support/packages.mjs";
import { ROOT } from "../support/readmes.ts";
import type { Missing } from "../support/skip.ts";
import { raspiInitrd, raspiParts } from "./raspi-image.ts";
import { boot, said, tail } from "./raspi-machine.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const NETWORKS = here("raspi-networks.mjs");
const GUEST = {
  init: here("raspi-init.sh"),
  "tests/raspi-lines.mjs": here("raspi-lines.mjs"),
  "tests/raspi-networks.mjs": NETWORKS,
};

let folder: string;
/** what the machine said, once; a machine that failed fails every test here */
let log: string | Missing | Error;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "twentywatt-raspi-"));
  log = await logOrMissing().catch((error: Error) => error);
}, 2_400_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function logOrMissing(): Promise<string | Missing> {
  const missing = NOT_BUILT ?? missingFeature("raspi");
  if (missing) return missing;
  const parts = await raspiParts().catch((error) =>
    unfetched("a kernel for arm64", error, "npm, apt-get of Debian and a network"),
  );
  if ("fix" in parts) return parts;
  return boot(parts.board, await raspiInitrd(parts, folder, GUEST));
}

/** One of the lines that the machine said. */
function told<T>({ skip }: TestContext, name: string): T {
  if (log instanceof Error) throw log;
  if (typeof log !== "string") return skip(`${log.reason}: ${log.fix}`);
  return said(log, name) as T;
}

type Seen = {
  readonly row: string;
  readonly level: 0 | 1;
  readonly direction: number;
};
type Step = {
  readonly found: string;
  readonly seen: readonly Seen[];
  readonly busy: readonly Problem[];
  readonly findings: readonly Finding[];
  readonly error?: string;
};
type Lines = {
  /** /sys/kernel/debug/gpio */
  readonly list: string;
  readonly sysfs: boolean;
  readonly [step: string]: unknown;
};

/** A step; where it failed, the machine's own words. */
function stepOf(lines: Lines, name: string): Step {
  const step = lines[name] as Step;
  expect(step.error, typeof log === "string" ? tail(log) : "").toBeUndefined();
  return step;
}

/** Chips as the kernel lists them: "gpiochip0: GPIOs 458-511, parent: …, pinctrl-bcm2835:". */
const chipsListed = ({ list, sysfs }: Lines) =>
  Array.from(
    list.matchAll(/^(gpiochip\d+): GPIOs (\d+)-(\d+), parent: [^,]+, ([^,:\n]+)/gm),
    ([, chip = "", first, last, label]) => ({
      ...{ chip, label, lines: Number(last) - Number(first) + 1 },
      ...{ base: sysfs ? Number(first) : null, backend: "character device" },
    }),
  );
type Named = { readonly chip: string };
const byName = (a: Named, b: Named) => a.chip.localeCompare(b.chip);

const OUTPUT = 1;
const INPUT = 0;

test("doctor knows the board and its chips", (context) => {
  const { host, gpio, ok } = told<{
    host: Record<string, unknown>;
    gpio: Named[];
    ok: boolean;
  }>(context, "doctor");
  const lines = told<Lines>(context, "lines");
  expect({ ok, ...host }).toMatchObject({
    ...{ ok: true, model: "Raspberry Pi 3 Model B", arch: "arm64", user: "root" },
    kernel: expect.stringMatching(/^\d+\.\d+\.\S*-arm64$/),
  });
  expect([...gpio].sort(byName)).toEqual(chipsListed(lines).sort(byName));
  expect(gpio).toContainEqual(expect.objectContaining({ label: "pinctrl-bcm2835", lines: 54 }));
  expect(gpio).toContainEqual(expect.objectContaining({ label: "raspberrypi-exp-gpio", lines: 8 }));
});

test("an output by BCM number: the kernel and the hardware have its level, and others find it busy", (context) => {
  const lines = told<Lines>(context, "lines");
  const { found, seen, busy, findings } = stepOf(lines, "by BCM number");
  expect(found).toMatch(/line 17, named GPIO17, of pinctrl-bcm2835 .*character device/);
  expect(seen.map(({ level, direction }) => [level, direction])).toEqual([
    ...[0, 1, 0, 1].map((level) => [level, OUTPUT]),
    // given back: the kernel makes it an input
    [0, INPUT],
  ]);
  const rows = seen.map(({ row }) => row.replace(/^.*GPIO17 *\|/, "").trim());
  for (const [k, level] of ["lo", "hi", "lo", "hi"].entries()) {
    expect(rows[k]).toMatch(new RegExp(`^twentywatt *\\) out ${level}`));
  }
  expect(rows[4]).not.toContain("twentywatt");
  expect(busy).toMatchObject([{ code: "DEVICE_BUSY", got: "in use by twentywatt" }]);
  expect(findings).toContainEqual(
    expect.objectContaining({ what: "1 header line in use: GPIO17 (pin 11) by twentywatt" }),
  );
});

test("an output by header pin, active low", (context) => {
  const { found, seen } = stepOf(told<Lines>(context, "lines"), "by header pin, active low");
  expect(found).toMatch(/^gpio:pin12\?active=low&initial=1: GPIO18, header pin 12: line 18/);
  // what it is called is the other way round on the wire
  expect(seen.slice(0, 4).map(({ level }) => level)).toEqual([0, 1, 0, 1]);
  expect(seen[4]).toMatchObject({
    ...{ level: 0, direction: INPUT, row: expect.not.stringContaining("twentywatt") },
  });
});

test("an input, with bias and debounce", (context) => {
  const { found, seen } = stepOf(told<Lines>(context, "lines"), "input");
  expect(seen[0]).toMatchObject({
    ...{ direction: INPUT, row: expect.stringMatching(/\|twentywatt *\) in /) },
  });
  expect(found).toContain(`level ${seen[0]?.level}`);
  expect(seen[1]?.row).not.toContain("twentywatt");
});

test("a line that was left exported in sysfs: its remedy frees it", (context) => {
  const lines = told<Lines>(context, "lines");
  if (!lines.sysfs) return context.skip("this kernel has no GPIO in sysfs: take an older Debian");
  const { busy, findings, found } = stepOf(lines, "exported in sysfs");
  const base = chipsListed(lines).find(({ label }) => label === "pinctrl-bcm2835")?.base ?? null;
  const fix = `echo ${Number(base) + 27} | sudo tee /sys/class/gpio/unexport`;
  expect(busy).toMatchObject([{ code: "DEVICE_BUSY", got: "in use by sysfs", remedy: fix }]);
  const what =
    "line 27 of pinctrl-bcm2835 is exported in sysfs: the character device finds it busy";
  expect(findings).toContainEqual(expect.objectContaining({ level: "warning", what, fix }));
  expect(found).toMatch(/^gpio:27: /);
});

/** What is refused, and the words that say why. */
const NO_LINES = [
  ["gpio:28", /^BCM 28, which is on no pin of the header$/],
  ["gpio:pin9", /^pin 9, which carries ground$/],
  ["gpio:pin41", /^pin 41$/],
  ["gpio:pinctrl-bcm2835:54", /^line 54$/],
  ["gpio:rp1:4", /pinctrl-bcm2835.* on a Raspberry Pi 3 Model B$/],
] as const;

test.for(NO_LINES)("%s is no line of this board", ([uri, got], context) => {
  const [problem] = told<Lines>(context, "lines")[uri] as readonly Problem[];
  expect(problem).toMatchObject({ code: "SENSOR_MISSING", got: expect.stringMatching(got) });
});

type Ran = { readonly net: string; readonly arch: string; readonly output: string };

test("networks compiled and run on the board: modules and outputs have the bytes of this computer", async (context) => {
  const there = told<readonly Ran[]>(context, "networks");
  const args = [NETWORKS, ROOT, join(folder, "networks")];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const ours = said(stdout, "networks") as readonly Ran[];
  expect(there.map(({ arch }) => arch)).toEqual(ours.map(() => "arm64"));
  const anywhere = (ran: readonly Ran[]) => ran.map((one) => ({ ...one, arch: "any" }));
  expect(anywhere(there)).toEqual(anywhere(ours));
  // outputs that say nothing would agree, too
  for (const { output } of ours)
    expect(new Set(Buffer.from(output, "base64")).size).toBeGreaterThan(1);
});
