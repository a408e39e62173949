/** A computer made of files, looked at by `doctor`: nothing may change there, and every finding says what, where and how. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect } from "vitest";
import { examine } from "../../host/cli/doctor.ts";
import type { Finding } from "../../host/cli/doctor-checks.ts";
import { type Patient, patient } from "../../host/cli/doctor-host.ts";
import { type Result, Unfinished } from "../../host/cli/result.ts";
import { TwentyWattError } from "../../host/errors.ts";
import type { PortInfo } from "../../host/lines/index.ts";
import { COMPUTERS } from "./gpio-computers.ts";
import { type FakeComputer, GpioKernel } from "./gpio-kernel.ts";

export const PI4 = COMPUTERS[3] as FakeComputer;
export const PC: FakeComputer = { model: null, chips: [] };

let kernels: GpioKernel[] = [];
afterEach(() => {
  for (const kernel of kernels) kernel.remove();
  kernels = [];
});

/** Lines that are there until the test ends. */
export function kernelOf(computer: FakeComputer): GpioKernel {
  const kernel = new GpioKernel(computer);
  kernels.push(kernel);
  return kernel;
}

export type Files = Readonly<Record<string, string>>;

/** @param files by path; "→/dev/x" is a link. @param refused paths that this user may not open */
export async function examined(
  computer: FakeComputer,
  files: Files = {},
  {
    refused = [],
    ports = [],
    ...more
  }: Partial<Patient> & {
    readonly refused?: readonly string[];
    readonly ports?: readonly PortInfo[];
  } = {},
) {
  const kernel = kernelOf(computer);
  const GROUPS = "root:x:0:\ndialout:x:20:\ni2c:x:998:\ngpio:x:997:\nusers:x:100:\n";
  for (const [path, text] of Object.entries({ "etc/group": GROUPS, ...files })) {
    const whole = join(kernel.root, path);
    mkdirSync(dirname(whole), { recursive: true });
    if (text.startsWith("→")) symlinkSync(text.slice(1), whole);
    else writeFileSync(whole, text);
  }
  const listing = () => execFileSync("ls", ["-lR", "--time-style=full-iso"], { cwd: kernel.root });
  const before = listing();
  const who = patient(kernel.root, {
    ...{ user: "ada", groupIds: [100], gpio: kernel.host(), load: async () => null, pid: 1 },
    may: (path) => !refused.includes(path),
    ...more,
  });
  let result: Result;
  let code = 0;
  try {
    result = await examine(who, ports);
  } catch (error) {
    if (!(error instanceof Unfinished && error.cause instanceof TwentyWattError)) throw error;
    result = error.result;
    code = error.cause.problems.length;
    for (const one of error.cause.problems) expect(one.code).toBe("HOST_PROBLEM");
  }
  expect(listing().equals(before)).toBe(true);
  const findings = result.json.findings as readonly Finding[];
  for (const { what, where, fix } of findings) {
    for (const text of [what, where, fix]) expect(text).not.toBe("");
    expect(fix).not.toContain("\n");
  }
  expect(findings.filter(({ level }) => level === "problem")).toHaveLength(code);
  return { result, findings, code, not: findings.filter(({ level }) => level !== "ok") };
}
