/**
 * MLCommons' energy runner as it speaks: what it writes to its interface board and its power monitor, and how it reads what
 * comes back (mlcommons/tiny, benchmark/runner: serial_device, io_manager, power_manager_lpm, device_under_test, script).
 */
import { serialLine } from "../../host/lines/index.ts";
import type { Channel } from "../../host/lines/line.ts";

/** Its ports read line by line: CR and NUL are dropped. */
class Port {
  readonly #lines: string[] = [];
  #rest = "";
  #wake = () => {};
  #channel: Channel | null = null;
  readonly #take: (line: string) => boolean;

  /** @param take lines that are none of a reply */
  constructor(take: (line: string) => boolean = () => false) {
    this.#take = take;
  }

  async open(path: string, baud: number): Promise<void> {
    this.#channel = await serialLine(`${path}@${baud}`).open({
      bytes: (bytes) => this.#heard(Buffer.from(bytes).toString("latin1")),
      closed: () => {},
    });
  }

  write(text: string): void {
    this.#channel?.write(Buffer.from(text, "latin1"));
  }

  purge(): void {
    this.#lines.length = 0;
  }

  async line(seconds: number): Promise<string> {
    const end = performance.now() + 1000 * seconds;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      const left = end - performance.now();
      if (left <= 0)
        throw new Error(`no line for ${seconds} s, only ${JSON.stringify(this.#rest)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async close(): Promise<void> {
    await this.#channel?.close();
    this.#channel = null;
  }

  #heard(text: string): void {
    const lines = (this.#rest + text.replace(/[\r\0]/g, "")).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines.filter((line) => !this.#take(line)));
    this.#wake();
  }
}

/** Of these tests: the runner's own are 5 and 30 s, on a computer that does nothing else. */
const PATIENCE = 60;

const PROMPT = "PowerShield > ";

export type Trial = {
  readonly iterations: number;
  readonly joules: number;
  readonly milliseconds: number;
  readonly results: string | null;
};

export class EnergyRunner {
  readonly interface = new Port();
  /** every line that was no sample, event or time */
  readonly replies: string[] = [];
  /** every line of the interface board */
  readonly answers: string[] = [];
  readonly ticks: { readonly seconds: number; readonly samples: number }[] = [];
  #data: (number | string)[] = [];
  readonly monitor = new Port((line) => this.#sample(line));

  #sample(line: string): boolean {
    if (line.startsWith("TimeStamp") || /^event \d+ ris/.test(line)) {
      this.#data.push(line);
      return true;
    }
    if (!/^\d{4}[+-]\d{2}/.test(line)) return false;
    const found = [...line.matchAll(/\d{4}[-+]\d{2}/g)];
    const values = found.map(([text]) => Number(text.replace(/[-+]/, "e$&")));
    const last = found.at(-1);
    const junk = last !== undefined && last.index + last[0].length < line.length;
    this.#data.push(...values, ...(junk ? [Number.NaN] : []));
    return true;
  }

  async open(paths: { readonly interface: string; readonly monitor: string }): Promise<void> {
    await this.monitor.open(paths.monitor, 3_686_400);
    await this.interface.open(paths.interface, 115_200);
  }

  /** PowerManager._send_command. @returns whether it was acknowledged */
  async command(command: string): Promise<boolean> {
    this.monitor.purge();
    this.monitor.write(`${command}\r\n`);
    for (;;) {
      const line = await this.#reply();
      const text = line.replace(PROMPT, "").trim();
      if (!text.includes(command) || !/^(ack|error)/.test(text)) continue;
      if (text.startsWith("ack")) return true;
      while (!(await this.#reply()).replace(PROMPT, "").startsWith("Error detail")) {}
      return false;
    }
  }

  async #reply(): Promise<string> {
    const line = await this.monitor.line(PATIENCE);
    this.replies.push(line);
    return line;
  }

  async stop(): Promise<void> {
    this.monitor.write("stop\r\n");
    while (!(await this.#reply()).includes("Acquisition completed")) {}
  }

  /** SerialDevice.send_command on the interface board. */
  async ask(command: string): Promise<string[]> {
    this.interface.write(`${command}%`);
    const lines: string[] = [];
    for (;;) {
      const line = await this.#answer(PATIENCE);
      if (line !== "") lines.push(line);
      if (line.includes("m-ready")) return lines;
    }
  }

  /** Whatever was answered to what came before is over after this. */
  async settle(): Promise<void> {
    this.interface.write("setbaud 4711%");
    while ((await this.#answer(PATIENCE)) !== "set baud to: 4711") {}
    await this.#answer(PATIENCE);
  }

  async #answer(seconds: number): Promise<string> {
    const line = await this.interface.line(seconds);
    this.answers.push(line);
    return line;
  }

  /** IOManager.send_command: exactly two lines, then those of the board. */
  async dut(command: string): Promise<string[]> {
    const passed = await this.ask(`dut ${command}`);
    if (passed.length !== 2 || passed[1] !== "m-ready") throw new Error(JSON.stringify(passed));
    const lines: string[] = [];
    for (;;) {
      const line = (await this.#answer(PATIENCE)).replace("[dut]: ", "");
      lines.push(line);
      if (line === "m-ready") return lines;
    }
  }

  /** PowerManager.__enter__, power_on, and start. */
  async begin(voltage = "1.8"): Promise<void> {
    const millivolts = Math.trunc(Number(voltage) * 1000);
    for (const command of [
      ...["htc", 'lcd 1 "MLPerf Tiny"', 'lcd 2 "     monitor    "', "pwr off"],
      ...["acqtime inf", "trigdelay 0", "trigsrc sw", "eventsrc d7 fal"],
      ...["output energy", "format ascii_dec", "freq 1k", `volt ${millivolts}m`],
      ...[`lcd 2 "${voltage.padStart(14)}V "`, "pwr on nostatus", "start"],
    ]) {
      if (!(await this.command(command))) throw new Error(`${command} was refused`);
    }
  }

  async end(): Promise<void> {
    await this.command("pwr off");
    await this.stop();
    await this.command("pwr off");
    await this.command("hrc");
    await this.close();
  }

  /** download, infer, and what the monitor had said by then. */
  async trial(input: Uint8Array, iterations: number, warmups: number): Promise<Trial> {
    await this.dut(`db load ${input.length}`);
    for (let at = 0; at < input.length; at += CHUNK) {
      await this.dut(`db ${Buffer.from(input.subarray(at, at + CHUNK)).toString("hex")}`);
    }
    const lines = await this.dut(`infer ${iterations} ${warmups}`);
    const results = lines.map((line) => /^m-results-\[([^\]]+)\]$/.exec(line)?.[1]).find(Boolean);
    return { iterations, results: results ?? null, ...this.#gather() };
  }

  /** What the queue holds now: what comes later is of the next trial. */
  #gather(): { joules: number; milliseconds: number } {
    const samples: number[] = [];
    const events: (readonly [number, number])[] = [];
    for (const one of this.#data.splice(0)) {
      if (typeof one === "number") samples.push(one);
      else if (one.startsWith("event")) {
        events.push([Number(/\d+/.exec(one)?.[0]), samples.length]);
      } else {
        const [, s, ms] = /^TimeStamp:[ ><](\d{3})s (\d{3})ms, buff \d{2}%$/.exec(one) ?? [];
        if (s === undefined) throw new Error(one);
        this.ticks.push({ seconds: Number(s) + Number(ms) / 1000, samples: samples.length });
      }
    }
    if (events.some(([k], i) => i > 0 && k !== (events[i - 1]?.[0] ?? 0) + 1)) {
      throw new Error(`Timestamps are not consecutive: ${JSON.stringify(events)}`);
    }
    const [first, last] = events.slice(-2);
    if (first === undefined || last === undefined) throw new Error(`${events.length} events`);
    const window = samples.slice(first[1], last[1]);
    return { joules: window.reduce((sum, e) => sum + e, 0), milliseconds: last[1] - first[1] };
  }

  async close(): Promise<void> {
    await this.monitor.close();
    await this.interface.close();
  }
}

/** Bytes of a `db` behind a power manager. */
const CHUNK = 26;
