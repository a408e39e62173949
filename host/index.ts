/** The public API: names only. What a program needs to import, compile, run and measure a network. */
export {
  COMPILER,
  type Compiled,
  type CompileOptions,
  compile,
  DEFAULT_OPTIONS,
  type MemorySummary,
  type Plan,
  type PlannedNode,
  plan,
} from "./compiler/index.ts";
export {
  describe,
  type ErrorCode,
  type Problem,
  problem,
  REMEDY,
  TwentyWattError,
} from "./errors.ts";
export { graphJson, type ImportOptions, importModel, type NirOptions } from "./importers/index.ts";
export { serialLine } from "./lines/index.ts";
export type {
  Graph,
  LayeredGraph,
  LayerKind,
  LayerNode,
  Port,
  Quantization,
  Source,
  Tensor,
} from "./model/graph.ts";
export type { Rounding } from "./model/multiplier.ts";
export type { SpikingGraph } from "./model/spiking-graph.ts";
export { type CheckedModule, checkModule, readModuleManifest } from "./module/check.ts";
export type {
  Build,
  Flavour,
  Manifest,
  ManifestTensor,
  MemoryEntry,
} from "./module/manifest.ts";
export {
  CORE_CLASSES,
  type EnergyMissing,
  type EnergyReading,
  type EnergyReport,
  energyReport,
  type Figure,
  type Machine,
  type Measured,
  type Meter,
  type MeterOptions,
  measure,
  meterForms,
  metersHere,
  noMeter,
  openEstimate,
  openMeter,
  openPower,
  type PowerMeter,
  type PowerSample,
  type Quality,
  type Scope,
  thisComputer,
  type Work,
  type WorkClock,
} from "./power/index.ts";
export {
  type BoardSession,
  type BoardStatus,
  type BoardTarget,
  boardTarget,
  type Counters,
  type DeviceStep,
  type Hello,
  type LocalSession,
  type LocalTarget,
  localTarget,
  runSelfTest,
  type Session,
  type Target,
  wasm3Target,
} from "./runtime/index.ts";
export { BRAIN_WATTS, type Clock, processorTime, systemClock } from "./units.ts";
