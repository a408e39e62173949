/** What energy costs: meters, and the report against 20 W. */

export { type Choice, chooseMeter } from "./auto.ts";
export { type Battery, type BatteryLife, batteryLife } from "./battery.ts";
export { CORE_CLASSES, type CoreClassName } from "./core-classes.ts";
export { openEstimate } from "./estimate.ts";
export { halfWidth95, together } from "./interval.ts";
export { meterOf } from "./ledger.ts";
export { type Glance, LiveMeter, type LiveTotals } from "./live.ts";
export { requirePresent } from "./loss.ts";
export {
  boardMachine,
  type Machine,
  type NoClass,
  type Processor,
  processHere,
  thisComputer,
  type WorkClock,
} from "./machine.ts";
export type { HostMarker } from "./marker.ts";
export type {
  EnergyReading,
  Figure,
  Meter,
  PowerFacts,
  PowerMeter,
  PowerSample,
  Quality,
  Scope,
  StepEnergy,
} from "./meter.ts";
export {
  type EnergyMissing,
  type MeterHere,
  type MeterOptions,
  meterForms,
  meterKinds,
  metersHere,
  NO_METER,
  noMeter,
  openMeter,
  openPower,
} from "./open.ts";
export type { WindowsReport } from "./per-step.ts";
export {
  type EnergyReport,
  energyReport,
  idleChange,
  isCovered,
  joulesOf,
  lossOf,
  type Measured,
  measure,
  measureAll,
  sumOf,
  type Work,
} from "./report.ts";
export { MLPERF_TINY, type Repeat, type Repeats, repeatsOf, systematicShare } from "./rule.ts";
export { type MeterSettings, readSettings, settingsFile } from "./settings.ts";
export { type StepPart, type StepWindow, StepWindows } from "./step-windows.ts";
