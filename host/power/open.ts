/** Which meter is meant, and which there are. Nothing is opened that was not named; a row loads its file when asked for. */
import { join } from "node:path";
import { fail, TwentyWattError } from "../errors.ts";
import { namesIn } from "../linux/files.ts";
import type { PerfCalls, SystemCalls } from "../linux/system-calls.ts";
import { didYouMean } from "../text.ts";
import { type Clock, systemClock } from "../units.ts";
import { parseUri, type Uri } from "../uri.ts";
import { FNB_KINDS, type FnbKind } from "./fnb-reports.ts";
import { INA_KINDS, type InaKind } from "./ina-chips.ts";
import { meterOf, type Pause } from "./ledger.ts";
import { type Machine, thisComputer } from "./machine.ts";
import { cutterFor, type HostMarker, takeMarker } from "./marker.ts";
import type { Meter, PowerMeter, Scope } from "./meter.ts";
import type { Every } from "./polled.ts";
import type { RaplZone } from "./rapl.ts";
import { corrected, type MeterSettings, settingOf, withShunt } from "./settings.ts";
import type { StepWindows } from "./step-windows.ts";
import { UM_KINDS, type UmKind } from "./um-models.ts";

export type MeterOptions = {
  readonly clock?: Clock | undefined;
  readonly every?: Every | undefined;
  readonly pause?: Pause | undefined;
  /** where /sys, /dev and /etc stand */
  readonly root?: string | undefined;
  /** default: those of this computer, loaded where a meter needs them */
  readonly calls?: SystemCalls | undefined;
  readonly perf?: PerfCalls | undefined;
  /** what does the work; default: this process */
  readonly machine?: Machine | undefined;
  /** brings the windows of a marker that the meter does not see itself */
  readonly windows?: ((marker: HostMarker) => Promise<StepWindows>) | undefined;
  /** what the user's file says of meters */
  readonly settings?: MeterSettings | null | undefined;
};

/** A meter that is here, as a URI that can be given to --meter. */
export type MeterHere = { readonly uri: string; readonly what: string; readonly scope: Scope };

type Named = {
  readonly form: string;
  readonly what: string;
  /** those of its kind that are plugged in and may be read; changes nothing */
  readonly find: (options: MeterOptions) => Promise<readonly MeterHere[]>;
};
/** An instrument is a stream of readings; an estimate is time worked, and has none. */
type Row = Named &
  (
    | { readonly power: (uri: Uri, options: MeterOptions) => Promise<PowerMeter> }
    | { readonly meter: (uri: Uri, options: MeterOptions) => Promise<Meter> }
  );

/** Five chips are one row. */
const INA: Row = {
  form: `${INA_KINDS.join("|")}[:NAME|BUS:ADDRESS][?shunt=OHM]`,
  what: "a shunt in the supply's line",
  find: async (options) => {
    const { inaHere } = await import("./ina.ts");
    const uris = INA_KINDS.flatMap((kind) => inaHere(kind, options.root ?? "/"));
    return readable(uris, options);
  },
  power: async (uri, options) =>
    (await import("./ina.ts")).openIna(uri.kind as InaKind, uri, options),
};

/** Three models are one row; so are two of the next maker. */
const UM: Row = {
  form: `${UM_KINDS.join("|")}:PORT`,
  what: "RD's USB meters over Bluetooth, /dev/rfcomm0",
  find: async () => [],
  power: async (uri, { clock, every }) => {
    requirePort(uri, `${uri.kind}:PORT`);
    return (await import("./um.ts")).openUm(uri.kind as UmKind, uri, { clock, every });
  },
};
const FNB: Row = {
  form: `${FNB_KINDS.join("|")}[:/dev/hidrawN]`,
  what: "FNIRSI's USB meters",
  find: async ({ root = "/" }) => (await import("./fnb.ts")).fnbsHere(root),
  power: async (uri, { clock, root }) =>
    (await import("./fnb.ts")).openFnb(uri.kind as FnbKind, uri, { clock, root }),
};

/** The meters of this version, and no others: messages list them from here. */
const METERS: Readonly<Record<string, Row>> = {
  rapl: {
    form: "rapl[:psys]",
    what: "the processor's own counters on x86",
    find: (options) => readable(["rapl", "rapl:psys"], options),
    power: async ({ text }, options) => {
      if (text !== "rapl" && text !== "rapl:psys") unknown(text);
      requireHere(text, options.machine);
      return raplEitherWay(text === "rapl" ? "package" : "psys", options);
    },
  },
  ...Object.fromEntries(INA_KINDS.map((kind) => [kind, INA])),
  pmic: {
    form: "pmic[:fit]",
    what: "the rails of a Raspberry Pi 5",
    find: async (options) => {
      const here = namesIn(options.root ?? "/", "dev").some((name) =>
        /^vcio(_gencmd)?$/.test(name),
      );
      return here ? readable(["pmic"], options) : [];
    },
    power: async ({ text }, options) => {
      const { openPmic } = await import("./pmic.ts");
      if (text !== "pmic" && text !== "pmic:fit") unknown(text);
      requireHere(text, options.machine);
      return openPmic(text === "pmic" ? "rails" : "fit", options);
    },
  },
  supply: {
    form: "supply[:NAME]",
    what: "this computer's battery, while it is discharged",
    find: (options) => readable(["supply"], options),
    power: async (uri, options) => {
      const { openSupply } = await import("./supply.ts");
      requireHere(uri.text, options.machine);
      return openSupply(uri, options);
    },
  },
  text: {
    form: "text:PORT[@BAUD]",
    what: "watts, or volts and amperes, that another board prints",
    // which ports print readings is known to who opens them, and opening resets many a board
    find: async () => [],
    power: async (uri, { clock = systemClock }) => {
      requirePort(uri, "text:PORT[@BAUD]");
      return (await import("./text.ts")).openText(uri, clock);
    },
  },
  ppk2: {
    form: "ppk2:PORT[?mode=source|ampere&mv=MILLIVOLTS]",
    what: "Nordic's Power Profiler Kit II, up to 1 A",
    find: async ({ root = "/" }) =>
      (await import("./ppk2.ts")).ppk2sHere(join(root, "sys/class/tty")),
    power: async (uri, { clock = systemClock }) => {
      requirePort(uri, "ppk2:PORT?mode=source&mv=MILLIVOLTS");
      return (await import("./ppk2.ts")).openPpk2(uri, clock);
    },
  },
  ...Object.fromEntries(UM_KINDS.map((kind) => [kind, UM])),
  tc66c: {
    form: "tc66c:PORT",
    what: "RD's USB meters TC66 and TC66C",
    find: async () => [],
    power: async (uri, { clock, every }) => {
      requirePort(uri, "tc66c:PORT");
      return (await import("./tc66c.ts")).openTc66c(uri, { clock, every });
    },
  },
  ...Object.fromEntries(FNB_KINDS.map((kind) => [kind, FNB])),
  powerz: {
    form: "powerz[:NAME]",
    what: "ChargerLAB's POWER-Z KM002C and KM003C, by Linux's driver",
    find: async (options) =>
      readable((await import("./powerz.ts")).powerzHere(options.root ?? "/"), options),
    power: async (uri, options) => (await import("./powerz.ts")).openPowerz(uri, options),
  },
  lpm01a: {
    form: "lpm01a:PORT[?mv=MILLIVOLTS&rate=HERTZ&format=binary|ascii]",
    what: "ST's X-NUCLEO-LPM01A, up to 50 mA",
    // its USB ids are those of every virtual port of ST
    find: async () => [],
    power: async (uri, { clock }) => {
      requirePort(uri, "lpm01a:PORT?mv=MILLIVOLTS");
      return (await import("./lpm01a.ts")).openLpm01a(uri, { clock });
    },
  },
  shelly: {
    form: "shelly:HOST[?channel=N]",
    what: "Shelly's plugs and relays, at the wall",
    // a network is not searched: that speaks to devices nobody named
    find: async () => [],
    power: async (uri, { clock, every }) =>
      (await import("./shelly.ts")).openShelly(uri, { clock, every }),
  },
  tasmota: {
    form: "tasmota:HOST[?channel=N]",
    what: "plugs with Tasmota, at the wall",
    find: async () => [],
    power: async (uri, { clock, every }) =>
      (await import("./tasmota.ts")).openTasmota(uri, { clock, every }),
  },
  sim: {
    form: "sim:steady|pulses[?watts=W&…]",
    what: "simulated, for trying without an instrument",
    find: async () => [],
    power: async (uri, { clock = systemClock, pause }) =>
      (await import("./sim.ts")).openSimulatedMeter(uri, clock, pause),
  },
  estimate: {
    form: "estimate[:CLASS]",
    what: "time × the watts of one core",
    find: (options) => readable(["estimate"], options),
    meter: async ({ text, rest }, { machine }) => {
      const { openEstimate } = await import("./estimate.ts");
      return openEstimate(text === "estimate" ? null : rest, machine);
    },
  },
};

/** One counter, two ways to read it: powercap's files, else perf. Where both are closed, both say how they are opened. */
async function raplEitherWay(
  which: RaplZone,
  { clock, every, root = "/", perf }: MeterOptions,
): Promise<PowerMeter> {
  const { openRapl, POWERCAP } = await import("./rapl.ts");
  try {
    return openRapl(which, { clock, every, root: join(root, POWERCAP) });
  } catch (closed) {
    if (!(closed instanceof TwentyWattError)) throw closed;
    const { openRaplPerf } = await import("./rapl-perf.ts");
    const through = await openRaplPerf(which, { clock, every, root, perf }).catch(
      (error: unknown) => {
        if (!(error instanceof TwentyWattError)) throw error;
        throw new TwentyWattError([...closed.problems, ...error.problems], { cause: error });
      },
    );
    if (through === null) throw closed;
    return through;
  }
}

/** Opens a meter by URI. Raises METER_MISSING where it is unknown or cannot be read: there is no second choice. */
export async function openMeter(text: string, options: MeterOptions = {}): Promise<Meter> {
  const { plain, marker } = takeMarker(text);
  const [uri, row] = rowOf(plain);
  if ("meter" in row) {
    if (marker === null) return row.meter(uri, options);
    return fail("USAGE", text, "a marker", "a meter that reads something", "Leave it out.");
  }
  const power = await opened(uri, row, options);
  const clock = options.clock ?? systemClock;
  if (marker === null) return meterOf(power, clock, options.pause);
  try {
    const cutter = await cutterFor(text, marker, power.facts, options.windows);
    return { ...meterOf(power, clock, options.pause, cutter), uri: text };
  } catch (error) {
    await power.close();
    throw error;
  }
}

/** The same as a stream of readings. Raises METER_MISSING for an estimate too, which has none. */
export async function openPower(text: string, options: MeterOptions = {}): Promise<PowerMeter> {
  if (takeMarker(text).marker !== null) {
    const remedy = "Leave the marker out: it cuts windows of `twentywatt run` and `bench`.";
    fail("USAGE", text, "a marker", "a meter without one", remedy);
  }
  const [uri, row] = rowOf(text);
  if ("power" in row) return opened(uri, row, options);
  return fail(
    "METER_MISSING",
    "--meter",
    `${text}, which has no readings`,
    `one of ${forms((other) => "power" in other).join(", ")}`,
    "An estimate is of work: ask for it with `run` or `bench`.",
  );
}

/** As the user's file corrects it. */
async function opened(
  uri: Uri,
  row: Extract<Row, { readonly power: unknown }>,
  options: MeterOptions,
): Promise<PowerMeter> {
  const { settings } = options;
  const setting = settingOf(uri, settings);
  const power = await row.power(withShunt(uri, setting), options);
  return settings ? corrected(power, uri, setting, settings) : power;
}

/** Names of meters, before any colon. */
export const meterKinds = (): readonly string[] => Object.keys(METERS);

function rowOf(text: string): [Uri, Row] {
  // most kinds need no more than their name
  const uri = parseUri(text.replace(/^[a-z0-9]+(?=\?|$)/, "$&:"));
  const row = uri && Object.hasOwn(METERS, uri.kind) ? METERS[uri.kind] : undefined;
  return uri && row && !/^[a-z0-9]+:(\?|$)/.test(text) ? [{ ...uri, text }, row] : unknown(text);
}

/** Each row once, however many kinds it has. */
const rows = (): readonly Row[] => [...new Set(Object.values(METERS))];

export const meterForms = (): readonly Named[] => rows();

const forms = (of: (row: Row) => boolean): string[] =>
  rows()
    .filter(of)
    .map(({ form }) => form);

function unknown(text: string): never {
  const names = forms(() => true);
  // "rapl[:psys]" is meant by its first word
  const hint = didYouMean(
    text,
    names.map((form) => form.replace(/[[:?].*$/s, "")),
  );
  const remedy = `${hint}\`twentywatt help meters\` lists them all.`;
  return fail("METER_MISSING", "--meter", text, `one of ${names.join(", ")}`, remedy);
}

/** Those that open: what cannot be read is not listed. */
async function readable(uris: readonly string[], options: MeterOptions): Promise<MeterHere[]> {
  const found: MeterHere[] = [];
  for (const uri of uris) {
    try {
      const meter = await openMeter(uri, options);
      found.push({ uri, what: meter.name, scope: meter.scope });
      await meter.close();
    } catch (error) {
      if (!(error instanceof TwentyWattError)) throw error;
    }
  }
  return found;
}

/** Every meter that is here and may be read. */
export async function metersHere(options: MeterOptions = {}): Promise<MeterHere[]> {
  const found = await Promise.all(rows().map(({ find }) => find(options)));
  return found.flat();
}

function requirePort({ text, rest }: Uri, form: string): void {
  if (rest === "") fail("METER_MISSING", "--meter", `${text}, which names no port`, form);
}

/** What this computer draws says nothing of a board. */
function requireHere(uri: string, machine: Machine = thisComputer()): void {
  if (machine.here) return;
  const { name, coreClass } = machine;
  const got = `${uri}, which sees this computer, but the work runs on ${name}`;
  if (typeof coreClass !== "string") {
    fail("METER_MISSING", "--meter", got, "a machine with figures", coreClass.remedy);
  }
  const remedy = "Ask for an estimate with --meter estimate.";
  fail("METER_MISSING", "--meter", got, `estimate:${coreClass}`, remedy);
}

export type EnergyMissing = { readonly reason: string; readonly remedy: string };

/** Why a report without a named meter has no energy. Opens none. */
export const NO_METER: EnergyMissing = {
  reason: "no meter was named, and none is ever chosen silently",
  remedy: "`twentywatt help meters` lists the instruments.",
};

/** The same with what would give it one on the machine that does the work: opens what there is, to see what it reads. */
export async function noMeter(options: MeterOptions = {}): Promise<EnergyMissing> {
  return { ...NO_METER, remedy: `${await firstChoice(options)} ${NO_METER.remedy}` };
}

/** The meter that reads something here, else why the first has nothing to read. */
async function firstChoice(options: MeterOptions): Promise<string> {
  const readableHere = (uri: string, what: string) =>
    `Add --meter ${uri}: ${what} is readable here.`;
  try {
    const meter = await openMeter("rapl", options);
    await meter.close();
    return readableHere("rapl", meter.name);
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    const others = (await metersHere(options)).filter(({ uri }) => !/^(rapl|estimate)/.test(uri));
    const [other] = others;
    if (other) return readableHere(other.uri, other.what);
    return error.problems.map(({ where, got, remedy }) => `${where}: ${got}. ${remedy}`).join(" ");
  }
}
