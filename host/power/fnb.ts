/**
 * fnb48|fnb58[:PORT]: FNIRSI's USB meters FNB48, C1, FNB48S and FNB58, as HID devices: a hundred samples a second of volts and
 * amperes, four in a report.
 *
 *   fnb58                      the only one that is plugged in
 *   fnb58:/dev/hidraw3         fnb58:2e3c:5558:SERIAL
 *
 * Reports have no number and no time. Those of a look are spread evenly over the time since the look before, so that times are
 * even however late this program is; what the kernel had no room for shows as time without reports, from a tenth of a second on.
 */
import { fail } from "../errors.ts";
import { systemTimers, type Timers } from "../lines/index.ts";
import { accessRemedy } from "../linux/files.ts";
import {
  type HidDevice,
  type HidReports,
  hidDevices,
  hidNameAt,
  hidRule,
  openHid,
} from "../linux/hidraw.ts";
import { codeOf } from "../linux/system-calls.ts";
import { type Clock, nanosecondsToMilliseconds, systemClock } from "../units.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import {
  commandReport,
  FNB_MODELS,
  type FnbKind,
  type FnbModel,
  KEEP_ALIVE,
  REPORT_BYTES,
  SAMPLES_A_REPORT,
  samplesIn,
} from "./fnb-reports.ts";
import type { PowerFacts, PowerMeter } from "./meter.ts";
import { meterLost } from "./port.ts";
import { SampleQueue } from "./sample-queue.ts";
import { usbFacts } from "./usb-facts.ts";

export type FnbOptions = {
  readonly clock?: Clock | undefined;
  readonly root?: string | undefined;
  readonly timers?: Timers;
};

const SAMPLE_NS = 10_000_000n;
const REPORT_NS = BigInt(SAMPLES_A_REPORT) * SAMPLE_NS;
/** Longer than reports and this program are late for each other, and some are missing. */
const SLACK_NS = 100_000_000n;
/** The kernel keeps so many reports of a program that does not read. */
const MOST_REPORTS = 64;
const LOOK_MS = 10;
const SILENT_MS = 2000;
const GAIN = 0.005;
const OFFSET_WATTS = 0.005;

type Found = { readonly device: HidDevice; readonly model: FnbModel };

/** @throws METER_MISSING where there is none, none that answers, or none that this user may open */
export async function openFnb(
  kind: FnbKind,
  uri: Uri,
  { clock = systemClock, root = "/", timers = systemTimers }: FnbOptions = {},
): Promise<PowerMeter> {
  onlyKeys(uri, []);
  const { device, model } = chosen(kind, uri, root);
  const reports = opened(uri, root, device);
  const queue = new SampleQueue();
  const stream = new FnbStream(clock, queue);
  const { keepAliveMs } = model;
  let [reading, silentMs, keptMs]: [boolean, number, number] = [false, 0, 0];
  let callOff = () => {};
  let began: (error: unknown) => void = () => {};
  const first = new Promise<void>((resolve, reject) => {
    began = (error) => (error === null ? resolve() : reject(error));
  });
  const end = (got: string): void => {
    const lost = meterLost(uri.text, got, "a meter that stays");
    queue.end(lost);
    began(lost);
  };
  const lookMs = Math.min(LOOK_MS, keepAliveMs);
  const look = (): void => {
    const before = timers.nowNs();
    callOff = timers.after(lookMs, () => {
      const ms = nanosecondsToMilliseconds(timers.nowNs() - before);
      silentMs += ms;
      keptMs += ms;
      const over = turn();
      if (over === null) look();
      else end(over);
    });
  };
  /** @returns why it is over; null where it goes on */
  const turn = (): string | null => {
    try {
      if (stream.take(reports, reading)) {
        silentMs = 0;
        began(null);
      }
      if (keptMs >= keepAliveMs) {
        keptMs = 0;
        reports.write(commandReport(KEEP_ALIVE));
      }
    } catch (error) {
      const code = codeOf(error);
      if (code === null) throw error;
      return `${code} of /dev/${device.name}`;
    }
    return silentMs >= SILENT_MS ? `no sample for ${SILENT_MS / 1000} s` : null;
  };
  const close = (): void => {
    callOff();
    reports.close();
  };
  try {
    for (const command of model.start) reports.write(commandReport(command));
    look();
    await first;
  } catch (error) {
    close();
    return silent(uri, model, error);
  }
  return {
    facts: factsOf(uri, device, model),
    samples() {
      reading = true;
      return queue;
    },
    async close() {
      close();
      queue.end();
    },
  };
}

/** Where they are that this computer has: URIs that open them. What cannot be opened is listed too: `doctor` says why. */
export function fnbsHere(
  root: string,
): { readonly uri: string; readonly what: string; readonly scope: "usb" }[] {
  return found(root).map(({ device, model }) => ({
    uri: `${model.kind}:/dev/${device.name}`,
    what: model.name,
    scope: "usb",
  }));
}

const found = (root: string): Found[] =>
  hidDevices(root).flatMap((device) => {
    const { vendorId, productId } = device;
    const model = FNB_MODELS.find(
      (one) => one.vendorId === vendorId && one.productId === productId,
    );
    return model === undefined ? [] : [{ device, model }];
  });

/** Nothing is written to a device that is not known as one of these: it may be a keyboard. */
function chosen(kind: FnbKind, { text, rest }: Uri, root: string): Found {
  const all = found(root);
  const here = all.filter(({ model }) => model.kind === kind);
  const usb = /^([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?$/i.exec(rest);
  const [, vendorId = "", productId = "", serialNumber] = usb ?? [];
  const named = hidNameAt(root, rest);
  const meant = here.filter(({ device }) => {
    if (rest === "") return true;
    if (usb === null) return device.name === named;
    const ids = [vendorId.toLowerCase(), productId.toLowerCase()];
    const same = device.vendorId === ids[0] && device.productId === ids[1];
    return same && (serialNumber === undefined || device.serialNumber === serialNumber);
  });
  const [only, ...others] = meant;
  if (only && others.length === 0) return only;
  const forms = fnbsHere(root).map(({ uri }) => uri);
  if (only) {
    const remedy = "Name one by its /dev/hidrawN: nothing else tells them apart.";
    const expected = `one of ${meant.map(({ device }) => `${kind}:/dev/${device.name}`).join(", ")}`;
    return fail("METER_MISSING", `--meter ${text}`, `${meant.length} of them`, expected, remedy);
  }
  const got = forms.length > 0 ? `only ${forms.join(", ")}` : "no such meter";
  const remedy =
    "Plug it in with the socket that is for the computer; `twentywatt devices` lists what is here.";
  return fail("METER_MISSING", `--meter ${text}`, got, rest || kind, remedy);
}

function opened({ text }: Uri, root: string, device: HidDevice): HidReports {
  const path = `dev/${device.name}`;
  try {
    return openHid(root, device, REPORT_BYTES);
  } catch (cause) {
    const code = codeOf(cause) ?? "an error";
    const denied = code === "EACCES" || code === "EPERM";
    const remedy = denied ? accessOf(device, root, path) : undefined;
    const got = denied ? `permission denied on /${path}` : `${code} of /${path}`;
    const expected = "a device that this user may open";
    return fail("METER_MISSING", `--meter ${text}`, got, expected, remedy, { cause });
  }
}

/** A rule for this meter alone; where its file has a group of its own, that group. */
function accessOf(device: HidDevice, root: string, path: string): string {
  const group = accessRemedy(root, path, "plugdev");
  return group.startsWith("sudo usermod") ? group : hidRule(device);
}

function silent({ text }: Uri, { name }: FnbModel, cause: unknown): never {
  const got = cause instanceof Error ? `a ${name} that sends no samples` : String(cause);
  const remedy = "Unplug it and plug it in again; end the maker's program, which may have it.";
  return fail("METER_MISSING", `--meter ${text}`, got, "its first report", remedy, { cause });
}

function factsOf(uri: Uri, { name }: HidDevice, model: FnbModel): PowerFacts {
  const facts = usbFacts(uri, {
    name: `${model.name} (${name})`,
    periodSeconds: 0.01,
    ageSeconds: 0.04,
    gain: GAIN,
    offsetWatts: OFFSET_WATTS,
  });
  return {
    ...facts,
    quality: "derived",
    method: `V·I, a hundred samples a second; what is missing for less than 0.1 s is not seen; ±${100 * GAIN} % and ±${1000 * OFFSET_WATTS} mW assumed`,
    gapSeconds: 0.1,
  };
}

/** Reports as samples with their times. */
class FnbStream {
  readonly #clock: Clock;
  readonly #queue: SampleQueue;
  #lastNs: bigint | null = null;
  #lost = 0;

  constructor(clock: Clock, queue: SampleQueue) {
    this.#clock = clock;
    this.#queue = queue;
  }

  /** Takes what came since the last look. @param give whether anybody reads yet. @returns whether samples came */
  take(reports: HidReports, give: boolean): boolean {
    const slots: (readonly { readonly volts: number; readonly amps: number }[] | "damaged")[] = [];
    for (let report = reports.read(); report !== null; report = reports.read()) {
      const samples = samplesIn(report);
      if (samples !== null) slots.push(samples);
      if (slots.length === MOST_REPORTS) break;
    }
    if (slots.every((slot) => slot === "damaged")) {
      this.#lost += SAMPLES_A_REPORT * slots.length;
      return false;
    }
    const nowNs = this.#clock.nowNs();
    const fromNs = this.#begin(nowNs, REPORT_NS * BigInt(slots.length));
    const each = (nowNs - fromNs) / BigInt(SAMPLES_A_REPORT * slots.length);
    for (const [k, slot] of slots.entries()) {
      if (slot === "damaged") {
        this.#lost += SAMPLES_A_REPORT;
        continue;
      }
      for (const [j, { volts, amps }] of slot.entries()) {
        const tNs = fromNs + each * BigInt(SAMPLES_A_REPORT * k + j + 1);
        if (give) this.#queue.push({ tNs, watts: volts * amps, volts, amps, lost: this.#lost });
        this.#lost = 0;
      }
    }
    this.#lastNs = nowNs;
    return true;
  }

  /** Where the time of these reports begins: at the last look's end, or later where reports are missing. */
  #begin(nowNs: bigint, spanNs: bigint): bigint {
    const last = this.#lastNs;
    const beforeNs = nowNs - spanNs;
    if (last === null) return beforeNs;
    if (beforeNs - last <= SLACK_NS) return last;
    this.#lost += Number((beforeNs - last) / SAMPLE_NS);
    return beforeNs;
  }
}
