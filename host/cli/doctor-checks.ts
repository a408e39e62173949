/** What doctor finds: one function for each thing that keeps makers from their sensors, each finding with one command. */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { endingOf, holdersOf, processes } from "../lines/holders.ts";
import { groupOf, namesIn, soundInputs, textOf } from "../linux/files.ts";
import { lineInfo } from "../linux/gpio.ts";
import { hidDevices, hidRule } from "../linux/hidraw.ts";
import { codeOf } from "../linux/system-calls.ts";
import { FNB_MODELS } from "../power/fnb-reports.ts";
import type { GpioSupport } from "../sensors/gpio.ts";
import { HEADER_CHIPS, pinOf } from "../sensors/gpio-header.ts";
import { plural } from "../text.ts";
import { isMember, modeOf, type Patient } from "./doctor-host.ts";
import { usbDevices, waitingBoards } from "./usb-devices.ts";

export type Finding = {
  /** problem: something that is here cannot be used; warning: it may fail, or give wrong numbers */
  readonly level: "ok" | "warning" | "problem";
  readonly what: string;
  readonly where: string;
  /** one command: it mends the finding; of what is well, it shows or uses it */
  readonly fix: string;
};

export const ok = (what: string, where: string, fix: string): Finding => ({
  ...{ level: "ok", what, where, fix },
});
export const warning = (what: string, where: string, fix: string): Finding => ({
  ...{ level: "warning", what, where, fix },
});
export const problem = (what: string, where: string, fix: string): Finding => ({
  ...{ level: "problem", what, where, fix },
});

/** Devices of a kind that this user may not open, as one finding; none where all may be, or none is there. */
export function refusedDevices(
  who: Patient,
  pattern: RegExp,
  {
    group: usual,
    subsystem,
    match = `SUBSYSTEM=="${subsystem}"`,
  }: { readonly group: string; readonly subsystem: string; readonly match?: string },
  but: readonly string[] = [],
): Finding[] {
  const { root } = who;
  const devices = namesIn(root, "dev").filter((name) => pattern.test(name));
  const refused = devices.filter(
    (name) => !but.includes(`/dev/${name}`) && !who.may(`dev/${name}`, "write"),
  );
  const [first] = refused;
  if (first === undefined) return [];
  const where = refused.map((name) => `/dev/${name}`).join(", ");
  const group = groupOf(root, `dev/${first}`) ?? usual;
  if (group === "root" || group === "0") {
    const rule = `${match}, GROUP="${usual}", MODE="0660"`;
    const fix = `echo '${rule}' | sudo tee /etc/udev/rules.d/60-twentywatt-${subsystem}.rules && sudo udevadm trigger`;
    return [problem("permission denied: it belongs to root alone", where, fix)];
  }
  if (isMember(who, group)) {
    const what = `permission denied: ${who.user} has the group ${group}, but this session began before`;
    return [problem(what, where, `exec su - ${who.user}`)];
  }
  const what = `permission denied: ${who.user} is not in the group ${group}; log in again after the command`;
  return [problem(what, where, `sudo usermod -aG ${group} ${who.user}`)];
}

export function gpioFindings(who: Patient, support: GpioSupport): Finding[] {
  const devices = namesIn(who.root, "dev").filter((name) => /^gpiochip\d+$/.test(name));
  const refused = refusedDevices(who, /^gpiochip\d+$/, { group: "gpio", subsystem: "gpio" });
  if (refused.length > 0) return refused;
  const { chips, backends } = support;
  if (chips.length === 0 && devices.length === 0) {
    return [ok("no GPIO: this computer has no such lines", "/dev/gpiochip*", "ls /dev/gpiochip*")];
  }
  const working = backends.find(({ problem: why }) => why === null);
  if (!working) {
    const [first] = backends;
    const why = backends.map((one) => `${one.name}: ${one.problem?.got}`).join("; ");
    const missing = first?.problem?.got.includes("koffi") ?? false;
    const fix = missing ? "npm install koffi" : "ls -l /dev/gpiochip* /sys/class/gpio";
    return [problem(`no way to the lines: ${why}`, "GPIO", fix)];
  }
  const header = chips.find(({ label }) => HEADER_CHIPS.includes(label));
  const counted =
    header?.base === null || header === undefined
      ? ""
      : `; sysfs counts them from ${header.base}: GPIO17 is ${header.base + 17} there`;
  const what = `GPIO through ${working.name}${header ? `, header ${header.label}` : ", no 40-pin header"}${counted}`;
  const uri = header ? "gpio:17" : `gpio:${chips[0]?.label}:0`;
  const where = chips.map(({ chip }) => chip).join(", ");
  return [ok(what, where, `twentywatt record ${uri} -o line.rec`)];
}

/** Lines that somebody has: exported in sysfs, or named by the kernel with their consumer. */
export async function lineFindings(who: Patient, { chips }: GpioSupport): Promise<Finding[]> {
  const { root } = who;
  const exported = namesIn(root, "sys/class/gpio").flatMap((name) => {
    const number = /^gpio(\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  const left = exported.map((number) => {
    const chip = chips.find(
      ({ base, lines }) => base !== null && number - base < lines && number >= base,
    );
    const line = chip ? `line ${number - (chip.base ?? 0)} of ${chip.label}` : `line ${number}`;
    const what = `${line} is exported in sysfs: the character device finds it busy`;
    return warning(
      what,
      `/sys/class/gpio/gpio${number}`,
      `echo ${number} | sudo tee /sys/class/gpio/unexport`,
    );
  });
  return [...left, ...(await consumers(who, { chips }))];
}

const HEADER_LINES = 28;

async function consumers(who: Patient, { chips }: Pick<GpioSupport, "chips">): Promise<Finding[]> {
  const header = chips.find(({ label }) => HEADER_CHIPS.includes(label));
  const calls = await who.gpio.systemCalls().catch(() => null);
  if (!header || calls === null || !/^gpiochip/.test(header.chip)) return [];
  const used: string[] = [];
  try {
    const fd = openSync(join(who.root, "dev", header.chip), "r+");
    try {
      for (let line = 0; line < Math.min(HEADER_LINES, header.lines); line++) {
        const info = lineInfo(calls, fd, line);
        // what sysfs has is said by its number
        if (!info.used || info.consumer === "sysfs") continue;
        used.push(`GPIO${line} (pin ${pinOf(line)}) by ${info.consumer || "an unnamed driver"}`);
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return []; // a kernel without version 2, or a chip that went
  }
  if (used.length === 0) return [];
  const what = `${plural(used.length, "header line")} in use: ${used.join(", ")}`;
  return [ok(what, header.chip, "sudo cat /sys/kernel/debug/gpio")];
}

const PORTS = /^tty(ACM|USB|AMA)\d+$/;
/** Makers' boards and their serial chips: Raspberry Pi, Espressif, CP210x, CH34x, FTDI, Arduino, micro:bit, Nordic, ST. */
const MAKERS = "2e8a|303a|10c4|1a86|0403|2341|0d28|1915|0483";

/** @param meters ports of meters, whose permission is another finding */
export function serialFindings(who: Patient, meters: readonly string[] = []): Finding[] {
  const { root } = who;
  const ports = namesIn(root, "dev").filter((name) => PORTS.test(name));
  const held = ports.flatMap((name) =>
    holdersOf(`/dev/${name}`, { root, but: who.pid }).map((holder) => {
      const what = `the port is held by ${holder.program}, process ${holder.pid}`;
      return warning(what, `/dev/${name}`, endingOf(holder));
    }),
  );
  const refused = refusedDevices(who, PORTS, { group: "dialout", subsystem: "tty" }, meters);
  const well = refused.length === 0 && held.length === 0;
  const [first] = ports;
  const state =
    first === undefined
      ? ok("no serial port of a board is plugged in", "/dev/ttyACM*, ttyUSB*", "twentywatt devices")
      : ok(
          plural(ports.length, "serial port"),
          ports.map((name) => `/dev/${name}`).join(", "),
          `twentywatt record serial:/dev/${first} -o board.rec`,
        );
  const waiting = waitingBoards(root, who.user).map(({ what, path, fix }) =>
    warning(what, path, fix),
  );
  const inTheWay = [...modemManager(root), ...brltty(root)];
  return [...(well ? [state] : []), ...refused, ...held, ...waiting, ...inTheWay];
}

function modemManager(root: string): Finding[] {
  const running = processes(root).find(({ program }) => program === "ModemManager");
  if (!running) return [];
  const rules = namesIn(root, "etc/udev/rules.d").map((name) =>
    textOf(root, `etc/udev/rules.d/${name}`),
  );
  if (rules.some((text) => text?.includes("ID_MM_DEVICE_IGNORE"))) return [];
  const rule = `ACTION=="add|change", SUBSYSTEM=="usb", ATTR{idVendor}=="${MAKERS}", ENV{ID_MM_DEVICE_IGNORE}="1"`;
  const what =
    "ModemManager asks every new port whether it is a modem: a board is busy, or hears garbage, after it is plugged in";
  const fix = `echo '${rule}' | sudo tee /etc/udev/rules.d/60-twentywatt-modem.rules && sudo udevadm trigger`;
  return [warning(what, `process ${running.pid}`, fix)];
}

/** brltty takes CH340 chips for a display of Braille: their port goes as soon as it has come. */
function brltty(root: string): Finding[] {
  const rules = ["usr/lib/udev/rules.d", "lib/udev/rules.d"].flatMap((folder) =>
    namesIn(root, folder)
      .filter((name) => name.includes("brltty"))
      .map((name) => `/${folder}/${name}`),
  );
  const running = processes(root).find(({ program }) => program === "brltty");
  const where = running ? `process ${running.pid}` : rules[0];
  if (where === undefined) return [];
  const chip = usbDevices(root).some(
    ({ vendorId, productId }) => `${vendorId}:${productId}` === "1a86:7523",
  );
  const gone = chip && !namesIn(root, "dev").some((name) => name.startsWith("ttyUSB"));
  const what = gone
    ? "brltty has taken the CH340 that is plugged in: it has no port"
    : "brltty takes the ports of CH340 boards";
  return [(gone ? problem : warning)(what, where, "sudo apt remove brltty")];
}

export function i2cFindings(who: Patient): Finding[] {
  const refused = refusedDevices(who, /^i2c-\d+$/, { group: "i2c", subsystem: "i2c-dev" });
  if (refused.length > 0) return refused;
  const buses = namesIn(who.root, "dev").filter((name) => /^i2c-\d+$/.test(name));
  if (buses.length > 0) {
    return [
      ok(
        plural(buses.length, "I²C bus"),
        buses.map((name) => `/dev/${name}`).join(", "),
        "i2cdetect -l",
      ),
    ];
  }
  const pi = textOf(who.root, "proc/device-tree/model")?.startsWith("Raspberry Pi") ?? false;
  return pi
    ? [warning("I²C is not enabled", "/dev/i2c-*", "sudo raspi-config nonint do_i2c 0")]
    : [];
}

export function microphoneFindings(who: Patient): Finding[] {
  const inputs = soundInputs(who.root).map((name) => `/dev/snd/${name}`);
  const [first] = inputs;
  if (first === undefined) {
    return [ok("no sound card that records", "/dev/snd", "cat /proc/asound/cards")];
  }
  const where = inputs.join(", ");
  if (!who.finds("arecord")) {
    return [
      problem(
        "arecord, which reads microphones, is not installed",
        where,
        "sudo apt install alsa-utils",
      ),
    ];
  }
  if (!who.may(first.slice(1), "write")) {
    const what = `permission denied: ${who.user} may not record; log in again after the command`;
    return [
      problem(
        what,
        where,
        `sudo usermod -aG ${groupOf(who.root, first.slice(1)) ?? "audio"} ${who.user}`,
      ),
    ];
  }
  return [ok(plural(inputs.length, "sound input"), where, "twentywatt record mic: -o sound.rec")];
}

/** USB meters that speak through hidraw. */
export function hidFindings(who: Patient): Finding[] {
  return hidDevices(who.root).flatMap((device) => {
    const { name, vendorId, productId } = device;
    const model = FNB_MODELS.find(
      (one) => one.vendorId === vendorId && one.productId === productId,
    );
    if (model === undefined || who.may(`dev/${name}`, "write")) return [];
    return [problem(`permission denied: the meter ${model.name}`, `/dev/${name}`, hidRule(device))];
  });
}

const ZONE = "sys/class/powercap/intel-rapl:0";

export function raplFindings(who: Patient): Finding[] {
  const file = `${ZONE}/energy_uj`;
  const mode = modeOf(who.root, file);
  if (mode === null) return [];
  if (who.may(file)) {
    return [
      ok(
        `RAPL can be read (mode ${mode})`,
        `/${file}`,
        "twentywatt run net:demo-int8 --meter rapl",
      ),
    ];
  }
  const rule = "z /sys/devices/virtual/powercap/intel-rapl/intel-rapl:*/energy_uj 0444 root root -";
  const fix = `echo '${rule}' | sudo tee /etc/tmpfiles.d/twentywatt-rapl.conf && sudo systemd-tmpfiles --create`;
  const what = `RAPL is for root alone (mode ${mode}, CVE-2020-8694): after the command every user can read this computer's power`;
  return [warning(what, `/${file}`, fix)];
}

const THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled";
/** Bits of get_throttled; the same 16 higher: since the start. */
const FLAGS = ["under-voltage", "the clock is capped", "throttled", "too hot"] as const;

/** A supply that is too weak makes wrong numbers and lost USB devices. */
export function supplyFindings({ root }: Patient): Finding[] {
  const supply = "use a stronger supply and a short cable";
  const show = "vcgencmd get_throttled";
  const alarms = namesIn(root, "sys/class/hwmon")
    .map((name) => `sys/class/hwmon/${name}`)
    .filter((folder) => textOf(root, `${folder}/name`) === "rpi_volt");
  const now = alarms.find((folder) => textOf(root, `${folder}/in0_lcrit_alarm`) === "1");
  const text = textOf(root, THROTTLED);
  const bits = text !== null && /^(0x)?[0-9a-f]+$/i.test(text) ? Number.parseInt(text, 16) : 0;
  const findings: Finding[] = [];
  if (now !== undefined || (bits & 1) !== 0) {
    const where = now === undefined ? THROTTLED : `${now}/in0_lcrit_alarm`;
    findings.push(problem(`under-voltage now: ${supply}`, `/${where}`, show));
  }
  const named = (shift: number, from: number) =>
    FLAGS.filter((_, k) => k >= from && ((bits >> (k + shift)) & 1) === 1);
  const active = named(0, 1);
  if (active.length > 0) findings.push(warning(`now: ${active.join(", ")}`, `/${THROTTLED}`, show));
  const past = named(16, 0);
  if (past.length > 0) {
    const what = `since the start: ${past.join(", ")}${past.includes("under-voltage") ? `; ${supply}` : ""}`;
    findings.push(warning(what, `/${THROTTLED}`, show));
  }
  const known = alarms.length > 0 || text !== null;
  return findings.length > 0 || !known
    ? findings
    : [ok("the supply holds its voltage", `/${THROTTLED}`, show)];
}

const PACKAGES = [
  { name: "koffi", without: "no GPIO through the character device, and no other system call" },
  { name: "serialport", without: "no serial port, and no board" },
  {
    name: "onoff",
    without: "no GPIO through sysfs, which only stands in where koffi does not load",
  },
] as const;

export async function packageFindings(who: Patient): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, without } of PACKAGES) {
    const error = await who.load(name).then(
      () => null,
      (cause: unknown) => (cause instanceof Error ? cause : new Error(String(cause))),
    );
    const where = `package ${name}`;
    if (error === null) {
      findings.push(ok(`${name} loads`, where, `npm ls ${name}`));
      continue;
    }
    const unbuilt = /Could not locate the bindings file/.test(error.message);
    const [why = ""] = error.message.split("\n", 1);
    const absent = /Cannot find (package|module)|no package/.test(error.message);
    const got = unbuilt
      ? `its native part was not built, because install scripts are blocked: ${without}`
      : `${absent ? "not installed" : why.slice(0, 200)}: ${without}`;
    const level = name === "serialport" ? problem : name === "koffi" ? warning : ok;
    findings.push(level(got, where, unbuilt ? `npm rebuild ${name} epoll` : `npm install ${name}`));
  }
  return findings;
}
