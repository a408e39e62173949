/** One board in the emulator, where one instruction is one nanosecond: deploys modules, and reads what they cost. */
import { type Compiled, compile, DEFAULT_OPTIONS } from "../../host/compiler/index.ts";
import { buildFirmware, type Firmware } from "../../host/firmware/index.ts";
import type { Link } from "../../host/runtime/link.ts";
import { type ModelInfo, parseStatus, payloadOf } from "../../host/runtime/requests.ts";
import { type Emulated, ended, linkTo, startPiped } from "../support/boards.ts";
import { announce, PATIENCE_MS, plainDeploy } from "../support/plain-deploy.ts";
import { randomInput } from "./module.ts";

export type BoardRun = {
  readonly moduleBytes: number;
  readonly macs: number;
  /** of one step, in the mean */
  readonly instructions: number;
  /** of the one that took most; null where steps were not counted one by one */
  readonly worstInstructions: number | null;
  /** of one step, in the mean */
  readonly synapticEvents: number;
  readonly linearMemoryBytes: number;
  /** WASM3's environment, runtime, value stack and code: the arena's peak less linear memory */
  readonly interpreterBytes: number;
  readonly stackBytes: number;
  /** from power-on to m-ready, less that of the board without a module */
  readonly loadInstructions: number;
};

export class MeasuredBoard {
  readonly firmware: Firmware;
  /** from power-on to m-ready, without a module */
  readonly bootInstructions: number;
  private readonly link: Link;
  private readonly printed: { text: string };

  private constructor(
    firmware: Firmware,
    link: Link,
    printed: { text: string },
    bootInstructions: number,
  ) {
    this.firmware = firmware;
    this.link = link;
    this.printed = printed;
    this.bootInstructions = bootInstructions;
  }

  static async start(name: Emulated): Promise<MeasuredBoard> {
    const firmware = await buildFirmware(name);
    const printed = { text: "" };
    const onText = (text: string) => {
      printed.text += text;
    };
    const link = await linkTo(name, { icount: true, onText });
    await link.hello(PATIENCE_MS);
    return new MeasuredBoard(firmware, link, printed, bootInstructions(printed.text));
  }

  /** @param each counts every step by itself */
  async run({ wasm, manifest }: Compiled, steps: number, each = false): Promise<BoardRun> {
    const model = await plainDeploy(this.link, wasm);
    // a board that starts checks both slots: empty the other one
    await announce(this.link, Uint8Array.of(0));
    await this.link.request("ABORT");
    const loadInstructions = (await this.reboot()) - this.bootInstructions;
    await this.write(model);
    await this.steps(steps);
    await this.link.request("INIT"); // a network starts anew: the steps that are counted begin with its first
    const counts: number[] = [];
    for (let k = 0; each && k < steps; k++) counts.push(await this.steps(1));
    const cycles = each ? counts.reduce((sum, n) => sum + n, 0) : await this.steps(steps);
    const events = await this.compare(wasm, model, steps);
    const status = parseStatus(await this.link.request("STATUS"));
    return {
      moduleBytes: wasm.length,
      macs: manifest.macs,
      instructions: cycles / steps,
      worstInstructions: each ? Math.max(...counts) : null,
      synapticEvents: events / steps,
      linearMemoryBytes: status.linearMemory,
      interpreterBytes: status.arenaPeak - status.linearMemory,
      stackBytes: status.stackUsed,
      loadInstructions,
    };
  }

  close = (): Promise<void> => this.link.close();

  /**
   * Outputs, state and counters after these steps are those of V8: a figure of other bytes would be none.
   *
   * @returns synaptic events of all steps
   */
  private async compare(wasm: Uint8Array, model: ModelInfo, steps: number): Promise<number> {
    const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
    const { memory, init, step } = instance.exports as unknown as ModuleExports;
    const expected = new Uint8Array(memory.buffer);
    init();
    expected.set(new Uint8Array(randomInput(model.inLen).buffer), model.inPtr);
    for (let k = 0; k < steps; k++) step();
    for (const [ptr, len] of [
      [model.outPtr, model.outLen],
      [model.statePtr, model.stateLen],
      [model.cntPtr, model.cntLen],
    ] as const) {
      for (let at = ptr; at < ptr + len; at += CHUNK) {
        const n = Math.min(CHUNK, ptr + len - at);
        const asked = payloadOf([
          [4, at],
          [2, n],
        ]);
        const got = await this.link.request("READ", asked, PATIENCE_MS);
        if (!Buffer.from(got).equals(expected.subarray(at, at + n))) {
          throw new Error(`other bytes than V8's at ${at}`);
        }
      }
    }
    return model.cntLen < 24
      ? 0
      : Number(new DataView(memory.buffer).getBigUint64(model.cntPtr + 16, true));
  }

  /** Returns the instructions to m-ready. */
  private async reboot(): Promise<number> {
    this.printed.text = "";
    await this.link.request("RESET");
    // the first request finds another boot; that is what was asked for
    await this.link.request("STATUS", undefined, PATIENCE_MS).catch(() => {});
    await this.link.hello(PATIENCE_MS);
    return bootInstructions(this.printed.text);
  }

  private async write({ inLen }: ModelInfo): Promise<void> {
    const input = new Uint8Array(randomInput(inLen).buffer);
    for (let at = 0; at < inLen; at += CHUNK) {
      const part = input.subarray(at, at + CHUNK);
      await this.link.request(
        "WRITE",
        payloadOf(
          [
            [1, 0],
            [4, at],
          ],
          part,
        ),
        PATIENCE_MS,
      );
    }
  }

  private async steps(n: number): Promise<number> {
    const answer = await this.link.request("RUN", payloadOf([[2, n]]), PATIENCE_MS);
    return Number(new DataView(answer.buffer, answer.byteOffset).getBigUint64(10, true));
  }
}

type ModuleExports = {
  readonly memory: WebAssembly.Memory;
  readonly init: () => number;
  readonly step: () => number;
};

const CHUNK = 1000;
const INSTRUCTIONS_PER_US = 1000;

export const compileForBoards = (
  graph: Parameters<typeof compile>[0],
  weights: "i8" | undefined,
): Promise<Compiled> =>
  compile(graph, { ...DEFAULT_OPTIONS, build: "mvp", ...(weights && { weights }) });

/** MLPerf Tiny's boot lines carry the time in microseconds. */
function bootInstructions(printed: string): number {
  const lap = printed.match(/m-lap-us-(\d+)\r\nm-init-done/)?.[1];
  if (!lap) throw new Error(`no boot lines in ${JSON.stringify(printed)}`);
  return Number(lap) * INSTRUCTIONS_PER_US;
}

/** Instructions of the same work in plain C, by name (native/main.c). */
export async function nativeCounts(name: Emulated, program: string): Promise<Map<string, number>> {
  const { path } = await buildFirmware(name, { program });
  const child = await startPiped(name, { elf: path, icount: true });
  let printed = "";
  child.stdout?.setEncoding("utf8");
  for await (const text of child.stdout ?? []) {
    printed += text;
    if (printed.includes("done")) break;
  }
  await ended(child);
  return new Map(
    [...printed.matchAll(/^(\S+) (\d+)$/gm)].map(([, key = "", count]) => [key, Number(count)]),
  );
}
