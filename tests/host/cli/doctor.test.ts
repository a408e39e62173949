/** `doctor` on the computer itself: its supply, its packages, its meter; and the words around all findings. */
import { describe, expect, test } from "vitest";
import type { Finding } from "../../../host/cli/doctor-checks.ts";
import type { Patient } from "../../../host/cli/doctor-host.ts";
import { cliJson, folderOfFiles } from "../../support/cli.ts";
import { misfits } from "../../support/documents.ts";
import { examined, kernelOf, PC, PI4 } from "../../support/examined.ts";

folderOfFiles();

describe("the text", () => {
  test("says in its last line what the answer is, and shows no command beside what is well", async () => {
    const well = await examined(PC);
    expect(well.result.text.at(-1)).toBe("verdict   nothing is in the way of what is plugged in");
    expect(well.result.text.filter((line) => /^ +\$ /.test(line))).toEqual([]);
    const files = { "dev/ttyACM0": "", "dev/snd/pcmC1D0c": "" };
    const ill = await examined(PC, files, { refused: ["dev/ttyACM0"], finds: () => false });
    expect(ill.result.text.at(-1)).toBe("verdict   2 problems in the way, with a command for each");
    expect(ill.result.text.filter((line) => /^ +\$ /.test(line))).toHaveLength(2);
  });
});

describe("under-voltage", () => {
  const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";
  // bits as the firmware documents them: 0 under-voltage, 1 capped, 2 throttled, 3 hot; the same + 16: since the start
  test.each([
    ["0", []],
    ["1", [["problem", /^under-voltage now/]]],
    ["50000", [["warning", /^since the start: under-voltage, throttled; use a stronger/]]],
    [
      "50005",
      [
        ["problem", /^under-voltage now/],
        ["warning", /^now: throttled$/],
        ["warning", /^since the start: under-voltage, throttled/],
      ],
    ],
    [
      "80008",
      [
        ["warning", /^now: too hot$/],
        ["warning", /^since the start: too hot$/],
      ],
    ],
  ] as const)("get_throttled %s", async (bits, expected) => {
    const { not } = await examined(PC, { [THROTTLED]: `${bits}\n` });
    expect(not.map(({ level }) => level)).toEqual(expected.map(([level]) => level));
    for (const [k, [, what]] of expected.entries()) expect(not[k]?.what).toMatch(what);
  });

  test("the alarm of rpi_volt; that of another chip is not meant", async () => {
    const files = {
      ...{
        "sys/class/hwmon/hwmon0/name": "nct6775\n",
        "sys/class/hwmon/hwmon0/in0_lcrit_alarm": "1\n",
      },
      ...{
        "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
      },
    };
    expect((await examined(PC, files)).not).toEqual([]);
    const alarm = { ...files, "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n" };
    expect((await examined(PC, alarm)).not).toMatchObject([
      { level: "problem", where: "/sys/class/hwmon/hwmon1/in0_lcrit_alarm" },
    ]);
  });
});

test("RAPL for root alone, with its mode; readable, it is a meter", async () => {
  const zone = "sys/class/powercap/intel-rapl:0";
  const files = {
    ...{ [`${zone}/name`]: "package-0\n", [`${zone}/energy_uj`]: "5000\n" },
    [`${zone}/max_energy_range_uj`]: "65532610987\n",
  };
  const refused = await examined(PC, files, { refused: [`${zone}/energy_uj`] });
  expect(refused.code).toBe(0);
  expect(refused.not).toMatchObject([{ level: "warning", where: `/${zone}/energy_uj` }]);
  expect(refused.not[0]?.fix).toMatch(/energy_uj 0444 root root -' \| sudo tee \/etc\/tmpfiles\.d/);
  const { findings, result } = await examined(PC, files);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: "ok", what: expect.stringMatching(/RAPL .*mode 0\d{3}/) }),
  );
  expect(result.json.meters).toContainEqual(expect.objectContaining({ uri: "rapl", scope: "soc" }));
});

describe("packages", () => {
  const without =
    (missing: Readonly<Record<string, string>>): Patient["load"] =>
    async (name) => {
      if (missing[name] !== undefined) throw new Error(missing[name]);
    };
  const absent = (name: string) => `Cannot find package '${name}' imported from /x/y.js`;

  test("not installed: what does not run without it, and the command", async () => {
    const load = without({ koffi: absent("koffi"), serialport: absent("serialport") });
    expect((await examined(PC, {}, { load })).not).toMatchObject([
      { level: "warning", where: "package koffi", fix: "npm install koffi" },
      { level: "problem", where: "package serialport", fix: "npm install serialport" },
    ]);
  });

  test("a native part that was not built: only the one that stands in is without it", async () => {
    const load = without({ onoff: "Could not locate the bindings file. Tried:\n → /x/epoll.node" });
    const { findings, not } = await examined(PC, {}, { load });
    expect(not).toEqual([]);
    expect(findings.at(-1)).toMatchObject({ level: "ok", fix: "npm rebuild onoff epoll" });
    expect(findings.at(-1)?.what).toMatch(/install scripts are blocked/);
  });

  test("lines that are there, and no way to them", async () => {
    const host = kernelOf(PI4).host();
    const gpio = {
      ...host,
      systemCalls: () =>
        import("../../../host/linux/libc.ts").then(({ loadSystemCalls }) =>
          loadSystemCalls({
            importKoffi: async () => {
              throw new Error(absent("koffi"));
            },
          }),
        ),
    };
    const { not } = await examined(PI4, {}, { gpio });
    expect(not[0]).toMatchObject({ level: "problem", where: "GPIO", fix: "npm install koffi" });
  });
});

test("on this computer: a document, whatever stands in it", async () => {
  const { document, code } = await cliJson(["doctor"]);
  expect(misfits("doctor", document)).toEqual([]);
  const standing = document.findings.some(({ level }: Finding) => level === "problem");
  expect(code).toBe(standing ? 1 : 0);
  expect(document.host).toMatchObject({ node: process.version, arch: process.arch });
});
