/** `help sensors` and `help meters` list what there is, and what is nearly a name is answered with the name that was meant. */
import { describe, expect, test } from "vitest";
import { TwentyWattError } from "../../../host/errors.ts";
import { CORE_CLASSES, meterForms } from "../../../host/power/index.ts";
import { openSensor, sensorForms } from "../../../host/sensors/open.ts";
import { columnsOf } from "../../../host/text.ts";
import { cli, cliJson, folderOfFiles } from "../../support/cli.ts";
import { sensorIo } from "../../support/sensor-io.ts";

const { path } = folderOfFiles();

const refused = (uri: string) =>
  openSensor(uri, sensorIo()).then(
    () => null,
    (error: unknown) => (error instanceof TwentyWattError ? error.problems[0] : null),
  );

/** For each kind a name that is refused for its keys before anything is opened; of I²C, a chip and a register. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  ...{ gpio: ["gpio:17?"], serial: ["serial:/dev/none?"], iio: ["iio:none?"], mic: ["mic:none?"] },
  ...{ csv: ["csv:none?"], wav: ["wav:none?"], rec: ["rec:none?"], sim: ["sim:ecg?"] },
  i2c: ["i2c:1:0x68?type=mpu6050&", "i2c:1:0x68?"],
};

describe("help sensors", () => {
  test("has the form of every sensor and each of its keys", async () => {
    const { code, stdout } = await cli(["help", "sensors"]);
    expect(code).toBe(0);
    for (const { form, keys } of sensorForms()) {
      expect(stdout).toContain(form);
      for (const key of Object.keys(keys)) expect(stdout).toContain(` ${key}=`);
    }
  });

  test.each(sensorForms().map(({ form, keys }) => [form, keys] as const))(
    "%s takes the keys that are listed, and no others",
    async (form, keys) => {
      const kind = form.replace(/:.*$/, "");
      const taken = new Set<string>();
      for (const name of NAMES[kind] ?? []) {
        const problem = await refused(`${name}nonsense=1`);
        expect(problem).toMatchObject({ code: "USAGE", got: "the key nonsense" });
        expect(problem?.remedy).toContain("`twentywatt help sensors`");
        const [, list = ""] = /^one of (.*)$/.exec(problem?.expected ?? "") ?? [];
        for (const key of list.split(", ")) taken.add(key);
      }
      expect([...taken].sort()).toEqual(Object.keys(keys).sort());
    },
  );
});

test("help meters has every meter and every class of the estimate", async () => {
  const { stdout: shown } = await cli(["help", "meters"]);
  const stdout = shown.replaceAll(/\n {20,}/g, " ");
  for (const { form } of meterForms()) expect(stdout).toContain(form);
  for (const [name, { title }] of Object.entries(CORE_CLASSES)) {
    expect(stdout).toMatch(new RegExp(`^  estimate:${name} +${title}`, "m"));
  }
});

test.each([60, 80])("inside %i columns", async (columns) => {
  for (const topic of ["sensors", "meters"]) {
    let stdout = "";
    const screen = { isTTY: true, columns, write: (text: string) => (stdout += text) };
    await cli(["help", topic], { stdout: screen });
    expect(
      stdout.split("\n").filter((line) => columnsOf(line) > columns || /\S…$/.test(line)),
    ).toEqual([]);
  }
});

describe("a name that is nearly one", () => {
  test.each([
    [["run", "net:demo-int8", "--input", "x.wav"], "wav:x.wav"],
    [["run", "net:demo-int8", "--input", "motor.rec"], "rec:motor.rec"],
    [["run", "net:demo-int8", "--input", "/dev/ttyACM0"], "serial:/dev/ttyACM0"],
    [["run", "net:demo-int8", "--input", "Sim:vibration"], "sim:vibration"],
    [["run", "net:demo-int8", "--input", "sim:vibrtion"], "sim:vibration"],
    [["run", "net:demo-int8", "--input", "simm:ecg"], "sim:ecg"],
    [["record", "table.csv", "-o", "x.rec"], "csv:table.csv"],
    [["record", "17", "-o", "x.rec"], "gpio:17"],
    [["run", "net:demo-int9"], "net:demo-int8"],
    [["run", "net:demo-int8", "--meter", "estimat"], "estimate"],
    [["run", "net:demo-int8", "--meter", "estimate:pi6"], "pi"],
    [["help", "runn"], "run"],
    [["help", "sensor"], "sensors"],
    [["cache", "clear"], "clean"],
    [["run", "net:demo-int8", "--build", "smd"], "simd"],
    [["runn"], "run"],
  ] as const)("%s", async (args, meant) => {
    const { document, code } = await cliJson(
      args.map((arg) => (arg === "x.rec" ? path(arg) : arg)),
    );
    expect(code).toBeGreaterThan(0);
    const { got, remedy } = document.errors[0];
    expect(`${got} ${remedy}`).toContain(`Did you mean ${meant}`);
  });

  test.each(["walrus", "x", ""])("nothing is made of %j", async (name) => {
    const { document } = await cliJson(["record", name, "-o", path("y.rec")]);
    expect(document.errors[0].remedy).not.toContain("Did you mean");
  });
});

test("a wrong value is said in one sentence: which option, what was given, what it takes", async () => {
  const said = async (...args: readonly string[]) => (await cli(args)).stderr;
  expect(await said("run", "net:demo-int8", "--samples", "0")).toBe(
    "USAGE: --samples: got 0, expected a whole number above 0. See `twentywatt run --help`.\n",
  );
  expect(await said("cache", "tidy")).toBe(
    "USAGE: <action>: got tidy, expected clean. See `twentywatt cache --help`.\n",
  );
  expect(await said("run", "net:demo-int8", "--build", "")).toBe(
    "USAGE: --build: got nothing, expected one of mvp, simd. See `twentywatt run --help`.\n",
  );
});

test("whoever finds a wrong call deep inside still names the verb's own help", async () => {
  const { document } = await cliJson(["run", "net:demo-int8", "--output", "results.txt"]);
  expect(document.errors[0]).toMatchObject({ code: "USAGE" });
  expect(document.errors[0].remedy).not.toBe("See `twentywatt --help`.");
});
