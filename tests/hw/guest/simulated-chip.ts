/** A GPIO chip of the driver gpio-sim: real lines to everybody, whose levels a test pulls and reads. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { loadDriver, textAt, writeAt } from "./machine.ts";

const CONFIG = "/sys/kernel/config/gpio-sim";
let made = 0;

type Form = {
  readonly label: string;
  readonly lines: number;
  /** by offset: who of the kernel has the line */
  readonly hogs?: Readonly<Record<number, string>>;
  readonly names?: Readonly<Record<number, string>>;
};

export class SimulatedChip {
  readonly #folder: string;
  readonly #form: Form;
  #sysfs = "";

  constructor(form: Form) {
    if (!existsSync("/sys/module/gpio_simx")) loadDriver("gpio-simx");
    this.#form = form;
    this.#folder = `${CONFIG}/chip${made++}`;
    mkdirSync(`${this.#folder}/bank0`, { recursive: true });
    writeAt(`${this.#folder}/bank0/num_lines`, form.lines);
    writeAt(`${this.#folder}/bank0/label`, form.label);
    for (const [offset, name] of Object.entries(form.names ?? {})) {
      mkdirSync(`${this.#folder}/bank0/line${offset}`, { recursive: true });
      writeAt(`${this.#folder}/bank0/line${offset}/name`, name);
    }
    for (const [offset, name] of Object.entries(form.hogs ?? {})) {
      mkdirSync(`${this.#folder}/bank0/line${offset}/hog`, { recursive: true });
      writeAt(`${this.#folder}/bank0/line${offset}/hog/name`, name);
      writeAt(`${this.#folder}/bank0/line${offset}/hog/direction`, "input");
    }
    this.plug();
  }

  plug(): void {
    writeAt(`${this.#folder}/live`, 1);
    const [device, chip] = ["dev_name", "bank0/chip_name"].map((file) =>
      textAt(`${this.#folder}/${file}`),
    );
    this.#sysfs = `/sys/devices/platform/${device}/${chip}`;
  }

  unplug(): void {
    writeAt(`${this.#folder}/live`, 0);
  }

  /** "gpiochip1" */
  get name(): string {
    return textAt(`${this.#folder}/bank0/chip_name`);
  }

  /** The level of an input. */
  pull(offset: number, level: 0 | 1): void {
    writeAt(`${this.#sysfs}/sim_gpio${offset}/pull`, level === 1 ? "pull-up" : "pull-down");
  }

  pulled(offset: number): string {
    return textAt(`${this.#sysfs}/sim_gpio${offset}/pull`);
  }

  /** What is on the line, as whoever is wired to it sees it. */
  level(offset: number): number {
    return Number(textAt(`${this.#sysfs}/sim_gpio${offset}/value`));
  }

  remove(): void {
    this.unplug();
    for (const offset of Object.keys(this.#form.hogs ?? {})) {
      rmdirSync(`${this.#folder}/bank0/line${offset}/hog`);
    }
    const lines = { ...this.#form.hogs, ...this.#form.names };
    for (const offset of Object.keys(lines)) rmdirSync(`${this.#folder}/bank0/line${offset}`);
    rmdirSync(`${this.#folder}/bank0`);
    rmdirSync(this.#folder);
  }
}

/** What sysfs counts a chip's lines from, by its files. */
export function baseOf(label: string): number {
  const folder = "/sys/class/gpio";
  const chips = readdirSync(folder).filter((name) => name.startsWith("gpiochip"));
  const found = chips.find((name) => textAt(`${folder}/${name}/label`) === label);
  assert.ok(found, label);
  return Number(textAt(`${folder}/${found}/base`));
}
