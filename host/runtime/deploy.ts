/**
 * A module's way onto a board: announced, written, read back, tried, tested there, and only then made the one that
 * boots. Whatever fails on the way leaves the module that was there. A board that restarts in between is begun anew.
 */
import { kernelNames } from "../boards/loaded.ts";
import { fail, TwentyWattError } from "../errors.ts";
import { type Link, PATIENCE_MS } from "./link.ts";
import { refusal, STATUS } from "./refusal.ts";
import {
  encodeSlotInfo,
  type Hello,
  type ModelInfo,
  NOTHING,
  PayloadReader,
  parseModel,
  payloadOf,
  type SlotInfo,
} from "./requests.ts";

export type DeployStage = "erase" | "write" | "read back" | "try" | "test" | "activate";

export type DeployOptions = {
  /** called often, with bytes where bytes move */
  readonly onProgress?: (stage: DeployStage, done: number, total: number) => void;
  /** uses the module while it is on trial; what it raises ends the trial */
  readonly trial?: (model: ModelInfo) => Promise<void>;
};

export type Deployed = {
  /** of the slot: one more than that of the module before */
  readonly sequence: number;
  readonly model: ModelInfo;
  /** transfers begun, 1 where nothing went wrong */
  readonly attempts: number;
};

const ATTEMPTS = 4;
const PAGE = 256;
/** of DATA, before its bytes */
const DATA_HEAD = 4;
const ERASE_PATIENCE_MS = 60_000;

/**
 * Raises MODULE_TOO_BIG with both numbers before a byte is sent.
 *
 * @param lacking native kernels of the module that the board does not have, so that its constants must be in RAM
 */
export function requireRoom(
  { slotBytes, arenaBytes }: Hello,
  where: string,
  moduleBytes: number,
  memUsed: number,
  lacking: readonly string[] = [],
): void {
  if (moduleBytes + PAGE > slotBytes) {
    const got = `a module of ${moduleBytes} bytes`;
    fail("MODULE_TOO_BIG", `${where}: flash`, got, `at most ${slotBytes - PAGE} bytes`);
  }
  if (memUsed > arenaBytes) {
    const why =
      lacking.length === 0 ? "" : `, constants too, as the firmware has no ${kernelNames(lacking)}`;
    const got = `linear memory of ${memUsed} bytes${why}`;
    fail("MODULE_TOO_BIG", `${where}: RAM`, got, `less than ${arenaBytes} bytes`);
  }
}

/** What is loaded, or null. */
export async function loadedModel(link: Link): Promise<ModelInfo | null> {
  const { status, payload } = await link.ask("MODEL");
  if (status === STATUS.EMPTY) return null;
  if (status !== 0) throw refusal(status, payload, `${link.line.name}: MODEL`);
  return parseModel(payload);
}

/** The board runs this very module, from its slot. */
export async function holds(
  link: Link,
  { length, crc }: Pick<SlotInfo, "length" | "crc">,
): Promise<ModelInfo | null> {
  const model = await loadedModel(link);
  const same = model !== null && model.bytes === length && model.crc === crc;
  return same && model.sequence !== 0 ? model : null;
}

export async function deploy(
  link: Link,
  wasm: Uint8Array,
  info: SlotInfo,
  options: DeployOptions = {},
): Promise<Deployed> {
  const before = await loadedModel(link);
  for (let attempts = 1; ; attempts++) {
    try {
      return { ...(await attempt(link, wasm, info, options)), attempts };
    } catch (error) {
      const restarted = isRestart(error);
      // without a line there is nothing to wait for: the next HELLO ends the trial
      if (!restarted && link.isOpen) await link.ask("ABORT").catch(() => {});
      if (!restarted || attempts === ATTEMPTS) throw error;
      // the header may have been written just before; the same module may also lie there as it did
      const held = await holds(link, info);
      if (held && held.sequence !== before?.sequence)
        return { sequence: held.sequence, model: held, attempts };
    }
  }
}

const isRestart = (error: unknown): boolean =>
  error instanceof TwentyWattError && error.code === "DEVICE_RESTARTED";

async function attempt(
  link: Link,
  wasm: Uint8Array,
  info: SlotInfo,
  { onProgress = () => {}, trial }: DeployOptions,
): Promise<Omit<Deployed, "attempts">> {
  const hello = await link.hello();
  onProgress("erase", 0, 1);
  await link.request("BEGIN", encodeSlotInfo(info), ERASE_PATIENCE_MS);

  await write(link, wasm, hello, onProgress);
  await readBack(link, wasm, onProgress);
  const model = await watched(link, info, async () => {
    onProgress("try", 0, 1);
    const tried = parseModel(await link.request("TRY", NOTHING, PATIENCE_MS.long));
    onProgress("test", 0, 1);
    await trial?.(tried);
    return tried;
  });
  onProgress("activate", 0, 1);
  const answer = await link.request("ACTIVATE", NOTHING, ERASE_PATIENCE_MS);
  return { sequence: new PayloadReader(answer, "ACTIVATE").u32(), model };
}

type Progress = NonNullable<DeployOptions["onProgress"]>;

/** Pieces of pages while frames are long enough; a firmware that takes DATA of any length gets smaller ones where not. */
async function write(
  link: Link,
  wasm: Uint8Array,
  { smallFrames }: Hello,
  onProgress: Progress,
): Promise<void> {
  for (let at = 0; at < wasm.length; ) {
    onProgress("write", at, wasm.length);
    const room = link.rooms.request.bytes - DATA_HEAD;
    const pages = Math.floor(room / PAGE) * PAGE;
    const most = pages > 0 ? pages : smallFrames ? Math.max(1, room) : PAGE;
    const part = wasm.subarray(at, at + most);
    const request = payloadOf([[4, at]], part);
    // with another firmware a page is the smallest piece there is
    const answer = smallFrames
      ? await link.offer("DATA", request)
      : await link.request("DATA", request);
    if (answer === null) continue;
    at += part.length;
    const received = new PayloadReader(answer, "DATA").u32();
    if (received !== at) {
      fail("DEVICE_PROTOCOL", `${link.line.name}: DATA`, `${received} bytes`, `${at} bytes`);
    }
  }
}

async function readBack(link: Link, wasm: Uint8Array, onProgress: Progress): Promise<void> {
  for (let at = 0; at < wasm.length; ) {
    onProgress("read back", at, wasm.length);
    const sent = wasm.subarray(at, at + link.rooms.answer.bytes);
    const request = payloadOf([
      [4, at],
      [2, sent.length],
    ]);
    const held = await link.request("READ_BACK", request);
    if (Buffer.compare(held, sent) !== 0) {
      const where = `${link.line.name}: bytes ${at} … ${at + sent.length - 1}`;
      fail("DEVICE_FLASH", where, "other bytes than were written", "the module's bytes");
    }
    at += sent.length;
  }
}

/** A board that restarts by watchdog or fault while it tries a module says what the module is. */
async function watched<T>(link: Link, info: SlotInfo, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isRestart(cause)) throw cause;
    const { resetReason } = await link.hello();
    if (resetReason !== "watchdog" && resetReason !== "fault") throw cause;
    const got = `a restart of the board (${resetReason}) while it tried the module`;
    const expected =
      resetReason === "watchdog"
        ? `steps that return within ${info.stepLimitMs} ms`
        : "a module that its processor and its stack can run";
    const remedy = "The module that was there before runs again.";
    return fail("DEVICE_TRAP", link.line.name, got, expected, remedy, { cause });
  }
}
