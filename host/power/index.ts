/** What energy costs: meters, and the report against 20 W. */
export { CORE_CLASSES, openEstimate } from "./estimate.ts";
export type { EnergyReading, Figure, Meter, Quality, Scope } from "./meter.ts";
export { type EnergyMissing, type MeterOptions, noMeter, openMeter } from "./open.ts";
export { openRapl } from "./rapl.ts";
export { type EnergyReport, energyReport, type Measured, measure, type Work } from "./report.ts";
