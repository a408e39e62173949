/** The rails of a Raspberry Pi 5: public samples, whose sums were computed by hand; a device, a program, and neither. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { boardMachine } from "../../../host/power/machine.ts";
import { metersHere, openMeter, openPower } from "../../../host/power/open.ts";
import { openPmic, railsIn, sumOf } from "../../../host/power/pmic.ts";
import { IDLE, LOADED, NO_SENSING, PmicFirmware } from "../../support/pmic.ts";
import { fakeTime, whileOrdinaryUser } from "../../support/powercap.ts";
import { Computer } from "../../support/sysfs.ts";

const computers: Computer[] = [];
afterEach(() => {
  for (const computer of computers.splice(0)) computer.remove();
});

function computer(...devices: readonly string[]): Computer {
  const made = new Computer(Object.fromEntries(devices.map((name) => [`dev/${name}`, ""])));
  computers.push(made);
  return made;
}

async function first(uri: string, firmware = new PmicFirmware(), ...devices: readonly string[]) {
  const { root } = computer(...(devices.length > 0 ? devices : ["vcio"]));
  const { clock, every } = fakeTime();
  const meter = await openPower(uri, { root, clock, every, calls: firmware.calls });
  for await (const { watts } of meter.samples()) {
    await meter.close();
    return { watts, facts: meter.facts };
  }
  throw new Error("no reading");
}

const messageOf = (opening: Promise<unknown>) =>
  opening.then(
    () => "opened",
    (error) => String(error.message),
  );

describe("both public samples", () => {
  test.each([
    ["under load", LOADED, 10.799894, 12.9549],
    ["near idle", IDLE, 2.947977, 3.9636],
  ])("%s: paired by name, summed; the fit is another meter", async (_, answer, sum, fitted) => {
    const { rails, voltageOnly } = railsIn("", answer);
    expect(rails.size).toBe(12);
    expect(voltageOnly).toEqual(["EXT5V", "BATT"]);
    expect(sumOf({ rails, voltageOnly })).toBeCloseTo(sum, 6);
    const firmware = new PmicFirmware();
    firmware.answers.set("pmic_read_adc", answer);
    expect((await first("pmic", firmware)).watts).toBeCloseTo(sum, 6);
    expect((await first("pmic:fit", firmware)).watts).toBeCloseTo(fitted, 4);
  });

  test("lines in any order, and with a carriage return", () => {
    const shuffled = LOADED.trimEnd().split("\n").reverse().join("\r\n");
    expect(sumOf(railsIn("", shuffled))).toBeCloseTo(10.799894, 6);
  });
});

describe("what it says of itself", () => {
  test("the sum: rails, derived, what hangs on raw 5 V left out, no accuracy claimed", async () => {
    const { facts } = await first("pmic");
    expect(facts).toMatchObject({
      uri: "pmic",
      scope: "rails",
      quality: "derived",
      sampleRateHz: 10,
    });
    expect(facts.doesNotInclude).toEqual([
      ...["USB ports", "HATs", "NVMe", "fan", "all else on raw 5 V", "input losses"],
    ]);
    expect(facts.method).toMatch(/sum of V·I of 12 rails \(3V7_WL_SW, .*from \/dev\/vcio/);
    expect(facts.notes).toEqual([
      "No accuracy of these readings is published: bounds hold their scatter alone.",
      "Measured without a current: EXT5V, BATT.",
    ]);
  });

  test("the fit: estimated, and of the board", async () => {
    const { facts } = await first("pmic:fit");
    expect(facts).toMatchObject({ uri: "pmic:fit", scope: "board", quality: "estimated" });
    expect(facts.method).toContain("1.1451 × the sum");
    expect(facts.notes[0]).toContain("An estimate");
  });

  test("throttling now and since the start", async () => {
    const firmware = new PmicFirmware();
    firmware.answers.set("get_throttled", "throttled=0x50002\n");
    expect((await first("pmic", firmware)).facts.notes.slice(2)).toEqual([
      "Now: the clock is capped.",
      "Since the start: under-voltage, throttled.",
    ]);
    firmware.answers.set("get_throttled", "?");
    expect((await first("pmic", firmware)).facts.notes[2]).toContain("could not be read");
  });

  test("the device for such questions comes first", async () => {
    const { facts } = await first("pmic", new PmicFirmware(), "vcio", "vcio_gencmd");
    expect(facts.method).toContain("from /dev/vcio_gencmd,");
  });

  test("what is here: the sum and never the fit", async () => {
    const { calls } = new PmicFirmware();
    const pmics = async (...devices: string[]) =>
      (await metersHere({ root: computer(...devices).root, calls })).filter(({ uri }) =>
        uri.startsWith("pmic"),
      );
    expect(await pmics("vcio")).toEqual([
      { uri: "pmic", what: "Raspberry Pi 5 PMIC", scope: "rails" },
    ]);
    expect(await pmics()).toEqual([]);
  });
});

describe("bad answers", () => {
  test.each([
    ["a Raspberry Pi 4", NO_SENSING, /error=1.*Raspberry Pi 4 and older measure no current/],
    ["nothing", "", /got (no text|code)/],
    ["HTML", "<html>", /got "<html>"/],
    ["a current without its voltage", " X_A current(0)=1.0A\n", /X_A without X_V/],
    ["a rail twice", " X_A current(0)=1A\n X_A current(1)=1A\n", /X_A twice/],
    ["units that contradict", " X_A volt(0)=1.0V\n", /got " X_A volt/],
    ["no number", " X_A current(0)=1.2.3A\n", /got " X_A current\(0\)=1\.2\.3A"/],
    ["not a number", " X_A current(0)=nanA\n", /=nanA/],
    ["voltages alone", " X_V volt(0)=1.0V\n", /no current/],
    ["cut off", LOADED.slice(0, 700), /got "|without/],
  ])("%s", async (_, answer, expected) => {
    const firmware = new PmicFirmware();
    firmware.answers.set("pmic_read_adc", answer);
    const message = await messageOf(first("pmic", firmware));
    expect(message).toMatch(/^METER_MISSING: /);
    expect(message).toMatch(expected);
  });

  test("an answer that lost a rail is no reading: the next is after a gap", async () => {
    const firmware = new PmicFirmware();
    const time = fakeTime();
    const { clock, every } = time;
    const options = { root: computer("vcio").root, clock, every, calls: firmware.calls };
    const meter = await openPower("pmic", options);
    const stream = meter.samples()[Symbol.asyncIterator]();
    await stream.next();
    firmware.answers.set("pmic_read_adc", LOADED.replaceAll(/^ *HDMI_.*\n/gm, ""));
    time.pass(0.1);
    firmware.answers.set("pmic_read_adc", LOADED);
    time.pass(0.1);
    expect((await stream.next()).value).toMatchObject({ lost: 1 });
    await meter.close();
  });

  test("a firmware that refuses, one that leaves the question as it was, a driver that fails", async () => {
    const firmware = new PmicFirmware();
    firmware.code = 0x8000_0001;
    expect(await messageOf(first("pmic", firmware))).toMatch(/code 0x80000001, error 0/);
    firmware.code = 0x8000_0000;
    firmware.answers.set("pmic_read_adc", "pmic_read_adc");
    expect(await messageOf(first("pmic", firmware))).toMatch(/an answer to pmic_read_adc/);
    firmware.fails = 5;
    expect(await messageOf(first("pmic", firmware))).toMatch(
      /^METER_MISSING: \/dev\/vcio: got EIO/,
    );
  });
});

describe("the program, where there is no device", () => {
  /** A program of the shell in a tree of its own. */
  function program(text: string): { readonly root: string; readonly command: string } {
    const { root } = computer();
    mkdirSync(join(root, "bin"));
    const command = join(root, "bin/vcgencmd");
    writeFileSync(command, `#!/bin/sh\n${text}\n`);
    chmodSync(command, 0o755);
    return { root, command };
  }

  test("its answers, one a second", async () => {
    const answers = `case $1 in pmic_read_adc) cat <<'END'\n${IDLE}END\n;; *) echo throttled=0x0 ;; esac`;
    const { clock, every } = fakeTime();
    const meter = await openPmic("rails", { ...program(answers), clock, every });
    expect(meter.facts.sampleRateHz).toBe(1);
    expect(meter.facts.method).toContain("from the program /");
    for await (const { watts } of meter.samples()) {
      expect(watts).toBeCloseTo(2.947977, 6);
      break;
    }
    await meter.close();
  });

  test.each([
    ["says error=1", `echo '${NO_SENSING}'; exit 255`, /error=1.*Raspberry Pi 4/],
    [
      "may not open its device",
      "echo no permission >&2; exit 255",
      /exit code 255: no permission.*video/,
    ],
    ["prints nothing", "exit 0", /no text/],
  ])("it %s", async (_, text, expected) => {
    const message = await messageOf(openPmic("rails", program(text)));
    expect(message).toMatch(/^METER_MISSING: /);
    expect(message).toMatch(expected);
  });

  test("it is missing too", async () => {
    const { root } = computer();
    const command = join(root, "bin/vcgencmd");
    expect(await messageOf(openPmic("rails", { root, command }))).toMatch(
      /^METER_MISSING: pmic: got no device \/dev\/vcio that can be asked, and no program .*vcgencmd \(ENOENT\).*raspi-utils/,
    );
  });
});

test("a device that this user may not open: its group, and no other way is tried", async () => {
  const tree = computer("vcio");
  tree.set({ "etc/group": "video:x:0:" });
  chmodSync(tree.root, 0o755);
  chmodSync(join(tree.root, "dev/vcio"), 0o600);
  const { calls } = new PmicFirmware();
  await messageOf(openPower("pmic", { root: tree.root, calls })); // its file is loaded while it may be
  const message = await whileOrdinaryUser(() =>
    messageOf(openPower("pmic", { root: tree.root, calls })),
  );
  expect(message).toMatch(/^METER_MISSING: \/dev\/vcio: got EACCES.*usermod -aG video/);
});

test("this computer's rails say nothing of a board; other names", async () => {
  const { calls } = new PmicFirmware();
  const { root } = computer("vcio");
  const machine = boardMachine("the board pico2", () => () => 0n);
  expect(await messageOf(openMeter("pmic", { root, calls, machine }))).toMatch(/the board pico2/);
  expect(await messageOf(openMeter("pmic:raw", { root, calls }))).toMatch(
    /^METER_MISSING.*pmic\[:fit\]/,
  );
});
