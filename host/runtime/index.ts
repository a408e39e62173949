/** Where modules run. */
export { type LocalSession, type LocalTarget, localTarget } from "./local.ts";
export { runSelfTest } from "./self-test.ts";
export type { Counters, MaybePromise, Session, Target } from "./target.ts";
