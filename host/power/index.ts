/** What energy costs: meters, and the report against 20 W. */
export { CORE_CLASSES, type CoreClassName } from "./core-classes.ts";
export { openEstimate } from "./estimate.ts";
export {
  boardMachine,
  type Machine,
  type NoClass,
  type Processor,
  processHere,
  thisComputer,
  type WorkClock,
} from "./machine.ts";
export type { EnergyReading, Figure, Meter, Quality, Scope } from "./meter.ts";
export { type EnergyMissing, type MeterOptions, noMeter, openMeter } from "./open.ts";
export { openRapl } from "./rapl.ts";
export { type EnergyReport, energyReport, type Measured, measure, type Work } from "./report.ts";
