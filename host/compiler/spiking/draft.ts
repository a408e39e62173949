/** A module in the making: blocks of memory by region, and calls whose addresses are settled once all blocks are known. */
import { at } from "../../model/at.ts";
import { nativeKernelOf } from "../../module/kernels.ts";
import type { MemoryEntry, MemoryKind } from "../../module/manifest.ts";
import { BlockPool } from "../block-pool.ts";
import type { PlacedCall, Range, Segment } from "../layout.ts";
import type { CompileOptions } from "../options.ts";
import { isReplaceable, romBytes, romSegment } from "../rom.ts";

/** A place in memory that gets its address at the end. */
export type Ref = Spot | { readonly region: "constant"; readonly block: number };

/** In a region of the draft. */
export type Spot = { readonly region: Region; readonly offset: number };

/** In the order in which they stand in memory; constants come after the counters, those for flash after everything. */
const REGIONS = ["input", "output", "state", "counters", "activation", "scratch"] as const;
export type Region = (typeof REGIONS)[number];

export type SpikingArg = number | Ref;

export type Call = {
  /** file below assembly/, without .ts */
  readonly file: string;
  readonly entry: string;
  readonly args: readonly SpikingArg[];
  /** constants of a .simd kernel */
  readonly shape?: Readonly<Record<string, number>>;
  readonly comment: string;
};

type Constant = { readonly data: Uint8Array; readonly align: number };

/** How the numbers of a block read: real = scale · (q − zeroPoint). */
export type Reading = Pick<MemoryEntry, "dtype" | "scale" | "zeroPoint" | "shape">;

type Named = {
  readonly name: string;
  readonly ref: Ref;
  readonly len: number;
  readonly kind: MemoryKind;
} & Reading;

const RESERVED = 16;
const ALIGN = 16;
/**
 * No access needs it: the one kernel that reads past a buffer reads seven bytes past the inputs, where outputs, state and
 * the 32 bytes of counters lie. It stays because mem_used is part of every module: without it each would be another.
 */
const SLACK = 64;

export type Placed = {
  readonly ranges: Readonly<Record<Region | "constant", Range>>;
  readonly memUsed: number;
  readonly constantBytes: number;
  readonly segments: readonly Segment[];
  readonly rom: Segment | null;
  readonly entries: readonly MemoryEntry[];
  readonly init: readonly PlacedCall[];
  readonly hop: readonly PlacedCall[];
  readonly step: readonly PlacedCall[];
};

export class Draft {
  readonly init: Call[] = [];
  /** once for all the steps of a hop, before them */
  readonly hop: Call[] = [];
  readonly step: Call[] = [];
  /** calls after everything has acted: what delays keep, where rings turn */
  readonly last: Call[] = [];
  readonly counters: Ref;
  readonly #sizes: Record<Region, number> = {
    ...{ input: 0, output: 0, state: 0, counters: 0, activation: 0, scratch: 0 },
  };
  readonly #named: Named[] = [];
  readonly #constants: Constant[] = [];
  readonly #options: CompileOptions;

  constructor(options: CompileOptions) {
    this.#options = options;
    this.counters = this.block("counters", 32);
  }

  /** Bytes of a region, aligned to `align`. Ports of one kind lie back to back. */
  block(region: Region, bytes: number, align = ALIGN): Spot {
    const offset = Math.ceil(this.#sizes[region] / align) * align;
    this.#sizes[region] = offset + bytes;
    return { region, offset };
  }

  /** A block that the manifest lists. State is padded with zeros to 8 bytes. */
  named(region: Region, name: string, bytes: number, reading: Reading, align = ALIGN): Ref {
    const ref = this.block(region, bytes, align);
    this.name(name, ref, bytes, reading);
    return ref;
  }

  /** A further name of a block. */
  name(name: string, ref: Ref, len: number, reading: Reading, kind: MemoryKind = ref.region): void {
    this.#named.push({ name, ref, len, kind, ...reading });
  }

  /** The block of this name that a step of the network writes: behind a front end an output holds the sums of a hop. */
  shown(name: string): Reading & { readonly ref: Ref; readonly len: number } {
    const found = this.#named.find((one) => one.name === name && one.kind !== "output");
    if (found === undefined) throw new Error(`nothing is called ${name}`);
    const { ref, len, name: _, kind: __, ...reading } = found;
    return { ref, len, ...reading };
  }

  constant(bytes: ArrayBufferView, align = 4): Ref {
    const { buffer, byteOffset, byteLength } = bytes;
    const data = new Uint8Array(buffer, byteOffset, byteLength);
    return { region: "constant", block: this.#constants.push({ data, align }) - 1 };
  }

  /** Scratch is shared: whoever uses it is done before the next call. */
  scratch(bytes: number): Ref {
    this.#sizes.scratch = Math.max(this.#sizes.scratch, bytes);
    return { region: "scratch", offset: 0 };
  }

  get stateBytes(): number {
    return Math.ceil(this.#sizes.state / 8) * 8;
  }

  /** Constants that a kernel reads which boards do not compute themselves: those cannot stay in flash. */
  #readByOthers(): ReadonlySet<number> {
    const calls = [this.init, this.hop, this.step, this.last].flat();
    const native = (call: Call) => isReplaceable(this.#options) && nativeKernelOf(call);
    return new Set(
      calls.flatMap((call) => {
        if (native(call)) return [];
        return call.args.flatMap((arg) =>
          typeof arg === "object" && "block" in arg ? [arg.block] : [],
        );
      }),
    );
  }

  /** Addresses for everything. */
  place(): Placed {
    this.#sizes.state = this.stateBytes;
    let end = RESERVED;
    const area = (len: number): Range => {
      const ptr = Math.ceil(end / ALIGN) * ALIGN;
      end = ptr + len;
      return { ptr, len };
    };
    const [input, output, state, counters] = [
      area(this.#sizes.input),
      area(this.#sizes.output),
      area(this.#sizes.state),
      area(this.#sizes.counters),
    ];
    const [pool, romPool] = [new BlockPool(), new BlockPool()];
    const read = this.#readByOthers();
    const blocks = this.#constants.map(({ data, align }, k) => {
      const home = read.has(k) ? pool : romPool;
      return { home, id: home.constant(data, align) };
    });
    const constant = area(pool.bytes);
    const activation = area(this.#sizes.activation);
    const scratch = area(this.#sizes.scratch);
    const ranges = { input, output, state, counters, constant, activation, scratch };
    end = Math.ceil(end / 8) * 8 + SLACK;
    const writtenEnd = end;
    const rom = area(romBytes(romPool));
    const memUsed = rom.len === 0 ? writtenEnd : end;
    const address = (arg: SpikingArg): number => {
      if (typeof arg === "number") return arg;
      if (!("block" in arg)) return ranges[arg.region].ptr + arg.offset;
      const { home, id } = at(blocks, arg.block);
      return (home === pool ? constant : rom).ptr + home.offset(id);
    };
    const placed = (calls: readonly Call[]): PlacedCall[] =>
      calls.map(({ file, entry, args, shape = {}, comment }) => ({
        kernel: { file, entry, shape, args: [] },
        args: args.map(address),
        comment,
      }));
    const whole = (name: string, kind: MemoryKind, { ptr, len }: Range): MemoryEntry[] =>
      len > 0 ? [{ name, ptr, len, kind }] : [];
    return {
      ranges,
      memUsed,
      constantBytes: pool.payloadBytes + romPool.payloadBytes,
      segments: pool.segments(constant.ptr),
      rom: romSegment(romPool, rom),
      entries: [
        ...this.#named.map(
          ({ ref, kind, ...entry }): MemoryEntry => ({ ...entry, ptr: address(ref), kind }),
        ),
        ...whole("counters", "counters", counters),
        ...whole("constants", "constant", constant),
        ...whole("activations", "activation", activation),
        ...whole("scratch", "scratch", scratch),
        ...whole("rom", "constant", rom),
      ],
      init: placed([
        {
          ...{ file: "fixed/fill", entry: "zero", args: [state.ptr, state.len] },
          comment: "state",
        },
        ...this.init,
      ]),
      hop: placed(this.hop),
      step: placed([...this.step, ...this.last]),
    };
  }
}
