/** A module as the device model runs it: V8 in the place of WASM3, with the checks that the firmware makes. */

export const STATUS = {
  OK: 0,
  MODEL: -1,
  ARENA: -2,
  TRAP: -3,
  FRAME: -4,
  SESSION: -5,
  SEQUENCE: -6,
  EMPTY: -7,
  ABI: -8,
  SLOT: -9,
  ORDER: -10,
  REQUEST: -11,
  FLASH: -12,
  RESULT: -13,
} as const;

/** What the device answers with: a status, and words where it is an error. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, words = "") {
    super(words);
    this.status = status;
  }
}

const GLOBALS =
  "in_ptr in_len out_ptr out_len state_ptr state_len cnt_ptr cnt_len mem_used steps_hint".split(
    " ",
  );

export class DeviceModule {
  /** in the order of the MODEL response */
  readonly globals: readonly number[];
  readonly memory: Uint8Array;
  private readonly exports: WebAssembly.Exports;

  constructor(wasm: Uint8Array, arenaBytes: number) {
    let instance: WebAssembly.Instance;
    try {
      instance = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource));
    } catch (error) {
      throw new Refused(STATUS.MODEL, error instanceof Error ? error.message.slice(0, 60) : "");
    }
    this.exports = instance.exports;
    const value = (name: string): number => {
      const found = this.exports[name];
      if (!(found instanceof WebAssembly.Global)) throw new Refused(STATUS.ABI, `no ${name}`);
      return found.value;
    };
    if (value("abi") >>> 16 !== 1) throw new Refused(STATUS.ABI, "abi");
    this.globals = GLOBALS.map(value);
    const needed = value("mem_used") + 4096;
    if (needed > arenaBytes) {
      throw new Refused(STATUS.ARENA, `needs at least ${needed} of ${arenaBytes} bytes`);
    }
    const { memory } = this.exports;
    if (!(memory instanceof WebAssembly.Memory)) throw new Refused(STATUS.ABI, "memory");
    this.memory = new Uint8Array(memory.buffer, 0, value("mem_used"));
    this.init();
  }

  /** address and length of a buffer */
  range(name: "in" | "out" | "state"): readonly [number, number] {
    const at = GLOBALS.indexOf(`${name}_ptr`);
    return [this.globals[at] ?? 0, this.globals[at + 1] ?? 0];
  }

  init(): void {
    if (this.call("init") !== 0) throw new Refused(STATUS.RESULT);
  }

  step(): number {
    const result = this.call("step");
    if (result < 0) throw new Refused(STATUS.RESULT, `step ${result}`);
    return result;
  }

  private call(name: "init" | "step"): number {
    try {
      return (this.exports[name] as () => number)();
    } catch (error) {
      throw new Refused(STATUS.TRAP, error instanceof Error ? `[trap] ${error.message}` : "[trap]");
    }
  }
}
