/** `doctor` on meters: those that this user may not open, and the user's file with what is wrong or missing in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { serialFindings } from "../../../host/cli/doctor-checks.ts";
import { patient } from "../../../host/cli/doctor-host.ts";
import {
  meterPortFindings,
  meterPorts,
  pmicFindings,
  settingsFindings,
} from "../../../host/cli/doctor-meters.ts";
import type { PortInfo } from "../../../host/lines/index.ts";
import { cli } from "../../support/cli.ts";
import { Computer, type Content } from "../../support/sysfs.ts";

const folder = mkdtempSync(join(tmpdir(), "twentywatt-doctor-"));
const computers: Computer[] = [];
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const computer of computers) computer.remove();
});

function who(files: Readonly<Record<string, Content>>, refused: readonly string[] = []) {
  const computer = new Computer({ "etc/group": "dialout:x:20:\nvideo:x:44:", ...files });
  computers.push(computer);
  const may = (path: string) => !refused.includes(path);
  return patient(computer.root, { user: "ada", groupIds: [100], may });
}

const port = (path: string, vendorId: string, productId: string): PortInfo => ({
  ...{ path, vendorId, productId, serialNumber: null, manufacturer: null },
});
const PORTS = [
  port("/dev/ttyACM0", "1915", "c00a"),
  port("/dev/ttyACM1", "1915", "C00A"),
  port("/dev/ttyACM2", "2e8a", "000a"),
];
const FILES = { "dev/ttyACM0": "", "dev/ttyACM1": "", "dev/ttyACM2": "" };

test("a PPK2 that may not be opened: one rule for both of its ports, and no second finding of them", () => {
  const shut = who(FILES, ["dev/ttyACM0", "dev/ttyACM1", "dev/ttyACM2"]);
  const [finding, ...more] = meterPortFindings(shut, PORTS.slice(0, 1));
  expect(more).toEqual([]);
  expect(finding).toEqual({
    level: "problem",
    what: "permission denied: the meter Nordic PPK2",
    where: "/dev/ttyACM0",
    fix: `echo 'SUBSYSTEM=="tty", ATTRS{idVendor}=="1915", ATTRS{idProduct}=="c00a", TAG+="uaccess"' | sudo tee /etc/udev/rules.d/70-twentywatt-1915-c00a.rules && sudo udevadm trigger`,
  });
  expect(meterPorts(PORTS)).toEqual(["/dev/ttyACM0", "/dev/ttyACM1"]);
  const others = serialFindings(shut, meterPorts(PORTS));
  expect(others.map(({ level, where }) => [level, where])).toEqual([["problem", "/dev/ttyACM2"]]);
  expect(meterPortFindings(who(FILES), PORTS)).toEqual([]);
});

test("the power controller of a Raspberry Pi 5, and of no other computer", () => {
  const device = { "dev/vcio": "" };
  const model = (name: string) => ({ "proc/device-tree/model": `${name}\0` });
  const on = (name: string) => pmicFindings(who({ ...device, ...model(name) }, ["dev/vcio"]));
  expect(on("Raspberry Pi 5 Model B Rev 1.0")).toMatchObject([
    { level: "problem", where: "/dev/vcio" },
  ]);
  expect(on("Raspberry Pi 4 Model B Rev 1.4")).toEqual([]);
});

/** What is found of a file with this text. */
async function found(text: string, files: Readonly<Record<string, Content>> = {}) {
  const settingsFile = join(folder, "meters.json");
  writeFileSync(settingsFile, text);
  return settingsFindings({ ...who(files), settingsFile }, PORTS);
}

test("every mistake of the file is a problem, with one command", async () => {
  const findings = await found('{"meters":{"ina219":{"shuntOhm":0,"ohm":1},"x":{}}}');
  expect(findings.map(({ what }) => what.split(",")[0])).toEqual([
    "ina219: ohm: 1",
    "ina219: shuntOhm: 0",
    "x: no meter",
  ]);
  for (const { level, fix } of findings) {
    expect(level).toBe("problem");
    expect(fix).toBe(`"\${EDITOR:-nano}" '${join(folder, "meters.json")}'`);
  }
});

const INA = {
  "sys/class/hwmon/hwmon3/name": "ina219",
  "sys/class/hwmon/hwmon3/in1_input": 5000,
  "sys/class/hwmon/hwmon3/curr1_input": 1024,
  "sys/class/hwmon/hwmon3/shunt_resistor": 100_000,
};

test("meters that it describes and that are missing, and none that are there", async () => {
  const all =
    '{"meters":{"ina219":{},"ina226":{},"ina219:1:0x40":{},"ppk2:/dev/ttyACM0":{},"ppk2:1915:c00a":{},"ppk2:1915:ffff":{},"text:/dev/ttyUSB7@9600":{},"shelly:plug":{},"rapl":{}}}';
  const findings = await found(all, { ...FILES, ...INA });
  const missing = findings.map(({ what }) => /^the meter (\S+),/.exec(what)?.[1]);
  expect(missing).toEqual([
    ...["ina226", "ina219:1:0x40", "ppk2:1915:ffff", "text:/dev/ttyUSB7@9600", "rapl"],
  ]);
  for (const { level } of findings) expect(level).toBe("warning");
  const here = await found('{"meters":{"ina219":{},"ina219:1:0x40":{}}}', {
    ...INA,
    "dev/i2c-1": "",
  });
  expect(here.map(({ level }) => level)).toEqual(["ok"]);
  expect(await settingsFindings(who({}), [])).toEqual([]);
});

test("a file that is wrong is refused by whatever measures, and by nothing else", async () => {
  const env = { XDG_CONFIG_HOME: folder };
  mkdirSync(join(folder, "twentywatt"));
  const file = join(folder, "twentywatt/meters.json");
  writeFileSync(file, '{"meters":{"sim:steady":{"offset":1}}}');
  const power = ["power", "--meter", "sim:steady?noise=0", "--seconds", "0.5"];
  const wrong = await cli(power, { env });
  expect([wrong.code, wrong.stderr.includes("SETTINGS: ")]).toEqual([1, true]);
  expect((await cli(["run", "net:demo-int8"], { env })).code).toBe(0);
  writeFileSync(file, '{"meters":{"sim:steady":{"offsetWatts":0.5}}}');
  const right = await cli(power, { env });
  expect(right.stdout).toMatch(/^power +1\.50 W in the mean/m);
  expect(right.stderr).toContain(`500 mW are taken off every reading, as ${file} says.`);
});
