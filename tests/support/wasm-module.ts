/** Instantiates a compiled module the plain way, without the runtime: an independent look at what the compiler made. */
export type PlainModule = {
  readonly memory: Uint8Array;
  readonly init: () => number;
  readonly step: () => number;
  /** the value of an exported global */
  readonly global: (name: string) => number;
  /** Copies the input in, steps, copies the output out. */
  readonly infer: (input: Uint8Array) => Uint8Array;
};

export async function plainModule(wasm: Uint8Array): Promise<PlainModule> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const exports = instance.exports;
  const global = (name: string): number => {
    const value = exports[name];
    if (!(value instanceof WebAssembly.Global)) throw new Error(`no global ${name}`);
    return value.value;
  };
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const init = exports.init as () => number;
  const step = exports.step as () => number;
  init();
  return {
    memory,
    init,
    step,
    global,
    infer(input) {
      memory.set(input, global("in_ptr"));
      const result = step();
      if (result !== 0) throw new Error(`step() returned ${result}`);
      return memory.slice(global("out_ptr"), global("out_ptr") + global("out_len"));
    },
  };
}
