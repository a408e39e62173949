/** A counter that the kernel refuses with another word than a file's mode does: lockdown, a container. */
import { expect, test, vi } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { openRapl } from "../../../host/power/rapl.ts";
import { fakeTime, powercap } from "../../support/powercap.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const readFileSync = (file: string, encoding: "utf8"): string => {
    if (!file.endsWith("energy_uj")) return fs.readFileSync(file, encoding);
    throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
  };
  return { ...fs, readFileSync };
});

test("EPERM is a matter of permission too", () => {
  const tree = powercap({ "intel-rapl:0": { name: "package-0", uj: 1 } });
  try {
    openRapl("package", { root: tree.root, ...fakeTime() });
    throw new Error("nothing was raised");
  } catch (error) {
    expect(error).toBeInstanceOf(TwentyWattError);
    expect((error as TwentyWattError).problems[0]).toMatchObject({
      code: "METER_MISSING",
      got: "EPERM, readable by root only",
      remedy: expect.stringContaining("/etc/tmpfiles.d/"),
    });
  } finally {
    tree.remove();
  }
});
