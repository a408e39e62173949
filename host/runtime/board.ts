/** The targets behind a line: a board, or WASM3 in a process. Loading a module deploys it, unless it is there already. */
import { createHash } from "node:crypto";
import { knownTo, lackingKernels, loadedOn, NO_KERNELS } from "../boards/loaded.ts";
import { boardFootprint, isRefusal } from "../boards/refusal.ts";
import { fail } from "../errors.ts";
import type { Line } from "../lines/line.ts";
import { systemTimers } from "../lines/timers.ts";
import { type CheckedModule, checkModule } from "../module/check.ts";
import { type BoardSession, boardSession, type StepCount } from "./board-session.ts";
import { type Deployed, type DeployStage, deploy, holds, requireRoom } from "./deploy.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { Hello, ModelInfo } from "./requests.ts";
import { runSelfTest } from "./self-test.ts";
import { type SlotOptions, slotInfo } from "./slot.ts";
import type { Target, WorkClock } from "./target.ts";

export type BoardOptions = Partial<LinkOptions> & {
  readonly onProgress?: (stage: DeployStage, done: number, total: number) => void;
};

export interface BoardTarget extends Target {
  /** Opens the line and asks who is there. Raises what keeps a module from being loaded, before there is one. */
  connect(): Promise<Hello>;
  load(module: Uint8Array): Promise<BoardSession>;
  /** By the board's own clock, in whole microseconds. */
  countWork(): WorkClock;
  /** Ends whatever is under way. */
  close(): Promise<void>;
}

export const boardTarget = (line: Line, options: BoardOptions = {}): BoardTarget => {
  let link: Link | null = null;
  const work: StepCount = { counting: false, ns: 0n };
  const opened = (): Link => {
    if (link === null || link.isClosed) link = openLink(line, options);
    return link;
  };
  /** Who is refused keeps no port: nobody else could open it. */
  const using = async <T>(work: (link: Link) => Promise<T>): Promise<T> => {
    const link = opened();
    try {
      return await work(link);
    } catch (error) {
      await link.close();
      throw error;
    }
  };
  return {
    name: line.name,
    connect: () => using((link) => link.hello()),
    async load(module) {
      const checked = checkForBoard(module);
      return using((link) => load(link, module, checked, options, work));
    },
    countWork() {
      work.counting = true;
      return () => work.ns;
    },
    close: async () => link?.close(),
  };
};

export const openLink = (line: Line, options: Partial<LinkOptions> = {}): Link =>
  new Link(line, { timers: systemTimers, random: Math.random, ...options });

/** The host's validator: nothing goes to a board that does not pass. */
export function checkForBoard(module: Uint8Array): CheckedModule {
  const checked = checkModule(module, (bytes) => createHash("sha256").update(bytes).digest("hex"));
  if (checked.manifest.build !== "mvp") {
    const remedy = "Compile it with --build mvp.";
    fail("MODULE_FORMAT", "module", "the simd build", "the mvp build: WASM3 has no SIMD", remedy);
  }
  const found = boardFootprint(module, loadedOn(checked.manifest, checked.globals, NO_KERNELS));
  if (isRefusal(found)) fail("MODULE_FORMAT", found.where, found.got, found.expected);
  return checked;
}

async function load(
  link: Link,
  module: Uint8Array,
  checked: CheckedModule,
  options: BoardOptions,
  work: StepCount,
): Promise<BoardSession> {
  const info = slotInfo(module, checked.manifest);
  const session = await sessionOn(link, checked, options, work);
  const held = await holds(link, info);
  if (held) {
    requireSame(link, held, checked);
    await session.reset();
    return session;
  }
  await install(session, module, checked, options);
  return session;
}

/** A session for a module that is, or is about to be, on the board. Raises MODULE_TOO_BIG for one that cannot be. */
export async function sessionOn(
  link: Link,
  checked: CheckedModule,
  { timers = systemTimers }: BoardOptions = {},
  work?: StepCount,
): Promise<BoardSession> {
  const hello = await link.hello();
  return boardSession(link, checked, hello.payloadMax, timers.nowNs, work);
}

/** Deploys with everything that can be checked there: its buffers, its self-test. The session is reset then. */
export async function install(
  session: BoardSession,
  module: Uint8Array,
  checked: CheckedModule,
  { onProgress }: Pick<BoardOptions, "onProgress"> = {},
  slot: SlotOptions = {},
): Promise<Deployed> {
  const { link } = session;
  const info = slotInfo(module, checked.manifest, slot);
  const hello = await link.hello();
  const knows = knownTo(hello);
  const { memoryBytes } = loadedOn(checked.manifest, checked.globals, knows);
  const lacking = lackingKernels(checked.manifest, knows);
  requireRoom(hello, link.line.name, module.length, memoryBytes, lacking);
  return deploy(link, module, info, {
    ...(onProgress && { onProgress }),
    trial: async (model) => {
      requireSame(link, model, checked);
      await runSelfTest(session);
    },
  });
}

/** The board read the same buffers out of the module as the host did. */
function requireSame(link: Link, model: ModelInfo, { globals }: CheckedModule): void {
  for (const key of SAME) {
    if (model[key] === globals[key]) continue;
    const where = `${link.line.name}: ${key}`;
    fail("DEVICE_PROTOCOL", where, `${model[key]}`, `${globals[key]}, as in the module`);
  }
}

const SAME = [
  ...(["inPtr", "inLen", "outPtr", "outLen", "statePtr", "stateLen"] as const),
  ...(["cntPtr", "cntLen", "memUsed", "stepsHint"] as const),
] as const;
