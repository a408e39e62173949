/** Where modules run. */

export {
  type BoardOptions,
  type BoardTarget,
  boardTarget,
  checkForBoard,
  install,
  openLink,
  sessionOn,
} from "./board.ts";
export type { BoardSession, DeviceStep } from "./board-session.ts";
export { type Crew, openCrew } from "./crew.ts";
export {
  type Deployed,
  type DeployOptions,
  type DeployStage,
  deploy,
  holds,
  loadedModel,
} from "./deploy.ts";
export { guardedTarget } from "./guarded.ts";
export type { StepLimit } from "./limit.ts";
export { Link, type LinkCounts, type LinkOptions } from "./link.ts";
export { type LocalSession, type LocalTarget, localTarget } from "./local.ts";
export type { BoardStatus, Hello, ModelInfo } from "./requests.ts";
export { runSelfTest } from "./self-test.ts";
export { moduleInfo, type SlotOptions, STEP_LIMIT_MS, slotInfo } from "./slot.ts";
export {
  type Counters,
  MARK,
  type MaybePromise,
  type Session,
  type SetMarks,
  type Target,
  type WorkClock,
} from "./target.ts";
export { type Wasm3Target, wasm3Target } from "./wasm3.ts";
