/**
 * `run --input` of what is plugged in: a network decides on a line, on a board on USB and on a chip as it does on the same
 * samples from a file. The networks are those of ../vm/networks.ts.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { at } from "../../../host/model/at.ts";
import { RecordingWriter } from "../../../host/sensors/recording-writer.ts";
import { compiled, type Document, json } from "./command-line.ts";
import type { GuestTest } from "./guest-test.ts";
import { ADDRESSES, bind, setWord, stubBus, unbind } from "./i2c-registers.ts";
import { loadDriver, unloadDriver, until } from "./machine.ts";
import { Printing, withBoard } from "./printing.ts";
import { SimulatedChip } from "./simulated-chip.ts";

const HEADER = { label: "pinctrl-bcm2711", lines: 28 } as const;

/** A run that goes on while the test works: its decisions as they are printed. */
class Running {
  readonly decisions: Document[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<number>;
  #over = false;
  #said = "";
  #summary: Document = {};

  constructor(module: "edges" | "values", uri: string, ...more: readonly string[]) {
    const stdout = { write: (text: string) => this.#take(text) };
    const args = ["run", compiled(module), "--input", uri, ...more];
    const said = (stderr: string) => {
      this.#said = stderr;
    };
    this.#ended = json(args, said, { stdout, signal: this.#stop.signal }).then(({ code }) => code);
    const over = () => {
      this.#over = true;
    };
    this.#ended.then(over, over);
  }

  #take(text: string): void {
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const document = JSON.parse(line);
      if (document.sample) this.decisions.push(document.sample);
      else this.#summary = document;
    }
  }

  /** Waits until it says something on standard error. */
  async says(what: RegExp): Promise<void> {
    await until(`${what}`, () => this.#over || what.test(this.#said));
  }

  /** Waits until so many were made. */
  async decided(count: number): Promise<Document> {
    await until(`decision ${count}`, () => this.#over || this.decisions.length >= count);
    if (this.decisions.length < count) throw new Error(`${this.#said} ${this.#text()}`);
    return at(this.decisions, count - 1);
  }

  /** Ctrl-C, where it has not ended by itself. */
  async end(code: 0 | 130): Promise<Document> {
    if (code === 130) this.#stop.abort("SIGINT");
    assert.equal(await this.#ended, code, `${this.#said} ${this.#text()}`);
    return this.#summary;
  }

  #text = (): string => JSON.stringify(this.#summary);
}

/** The decisions of a file's samples. */
async function fromFile(module: "edges" | "values", uri: string): Promise<readonly Document[]> {
  const run = new Running(module, uri);
  await run.end(0);
  return run.decisions;
}

const EDGES = 20;
const DT = 5e-3;

const outputsOf = (decisions: readonly Document[]) => decisions.map(({ outputs }) => outputs);
const nowSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

/** Row k of what a board prints: no other row is like it. */
const ROWS = 250;
const row = (k: number) => ({ a: (k % 125) / 2, b: -(k % 120) / 2, c: k % 3, d: k % 7 });

export const LIVE: readonly GuestTest[] = [
  {
    name: "run: every edge of a line is a decision in its own step, as in a recording of these edges",
    body: async () => {
      const chip = new SimulatedChip(HEADER);
      try {
        const run = new Running("edges", "gpio:17");
        // from then on the kernel keeps what happens
        await run.says(/level 0/);
        const pulled: number[] = [];
        const seen: number[] = [];
        for (let k = 0; k < EDGES; k++) {
          pulled.push(nowSeconds());
          chip.pull(17, k % 2 === 0 ? 1 : 0);
          await run.decided(k + 1);
          seen.push(nowSeconds());
        }
        const { live } = await run.end(130);
        assert.equal(live.samples, EDGES);
        assert.equal(live.lost, 0);
        const steps = run.decisions.map(({ index }) => Number(index));
        assert.equal(steps.length, EDGES);
        // a step is between the moment when the line was pulled and that when its decision was seen
        for (let k = 1; k < EDGES; k++) {
          const between = (at(steps, k) - at(steps, k - 1)) * DT;
          const [least, most] = [
            at(pulled, k) - at(seen, k - 1) - DT,
            at(seen, k) - at(pulled, k - 1) + DT,
          ];
          assert.ok(least <= between && between <= most, `${k}: ${least} ${between} ${most}`);
        }
        const first = at(steps, 0);
        const recording = "/run/live-edges.rec";
        const channels = [{ name: "GPIO17", unit: "" }];
        const source = { uri: "gpio:17", name: "GPIO17", channels, sampleRateHz: null };
        const head = { startedUnixMs: 0, label: null, sources: [source] };
        const writer = new RecordingWriter(recording, head, 0n);
        const timeNs = BigInt64Array.from(steps, (step) =>
          BigInt(Math.round((step - first) * DT * 1e9)),
        );
        const value = Float64Array.from(steps, (_, k) => (k + 1) % 2);
        writer.add(0, { timeNs, value, lostBefore: 0 }, 0n);
        writer.close();
        const recorded = await fromFile("edges", `rec:${recording}`);
        assert.deepEqual(
          recorded.map(({ index, outputs }) => ({ index: Number(index) + first, outputs })),
          run.decisions.map(({ index, outputs }) => ({ index, outputs })),
        );
      } finally {
        chip.remove();
      }
    },
  },
  {
    name: "run: lines of a board on USB are decided as the same lines of a file",
    body: () =>
      withBoard(async (board, ids) => {
        const printing = new Printing(board, row);
        const run = new Running("values", `serial:${ids}`, "--samples", "12");
        await run.decided(12);
        await printing.stop();
        const { live } = await run.end(0);
        assert.equal(live.lost, 0);
        const names = ["a", "b", "c", "d"] as const;
        const lines = Array.from({ length: ROWS }, (_, k) => names.map((name) => row(k)[name]));
        writeFileSync("/run/rows.csv", `${names}\n${lines.join("\n")}\n`);
        const file = outputsOf(await fromFile("values", "csv:/run/rows.csv"));
        assert.equal(file.length, ROWS);
        // it was opened in the middle of them
        const [begin] = outputsOf(run.decisions);
        const from = file.findIndex((outputs) => `${outputs}` === `${begin}`);
        assert.deepEqual(outputsOf(run.decisions), file.slice(from, from + 12));
      }),
  },
  {
    name: "run: a chip that a driver of the kernel reads is decided as the same values of a file",
    body: async () => {
      const [bus, address] = [stubBus(), ADDRESSES.ina226];
      loadDriver("ina2xx-adc");
      try {
        bind(bus, "ina226", address);
        // 1.25 mV, 6.25 mW and, with its calibration of 2,048 and 10 mΩ, 250 µA: 5 V, 7.5 W, −2 A
        const real = { voltage0: 0, voltage1: 5, power2: 7.5, current3: -2 } as const;
        setWord(bus, address, 1, 0);
        setWord(bus, address, 2, 4000);
        setWord(bus, address, 3, 1200);
        setWord(bus, address, 4, 0x10000 - 8000);
        const run = new Running("values", "iio:ina226?rate=20", "--samples", "3");
        const { live } = await run.end(0);
        const names: (keyof typeof real)[] = live.channels.map(({ name }: Document) => name);
        const line = names.map((name) => real[name]);
        writeFileSync("/run/ina226.csv", `${names}\n${[line, line, line].join("\n")}\n`);
        assert.deepEqual(outputsOf(run.decisions), [line, line, line]);
        const file = await fromFile("values", "csv:/run/ina226.csv");
        assert.deepEqual(outputsOf(run.decisions), outputsOf(file));
      } finally {
        unbind(bus, address);
        unloadDriver("ina2xx_adc");
      }
    },
  },
];
