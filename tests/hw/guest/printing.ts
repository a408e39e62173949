/** A board on USB that prints a line of numbers every 20 ms. */
import { setTimeout as sleep } from "node:timers/promises";
import { UsbBoard } from "./usb-board.ts";

export const SERIAL = "E660583883724A2F";
export const IDS = "2e8a:000a";

/** @param body gets the board as it is plugged in, and its numbers */
export async function withBoard(
  body: (board: UsbBoard, ids: string) => Promise<void>,
): Promise<void> {
  const board = new UsbBoard();
  await board.plug(SERIAL);
  try {
    await body(board, IDS);
  } finally {
    board.unplug();
  }
}

/** x is three times seq, so that a value tells whose it is. */
const threefold = (k: number): Readonly<Record<string, number>> => ({ x: 3 * k });

/** Every line has the names, for who listens later, and its number. */
export class Printing {
  readonly #board: UsbBoard;
  readonly #row: (k: number) => Readonly<Record<string, number>>;
  #next = 0;
  #stop = false;
  #done: Promise<void>;

  constructor(board: UsbBoard, row = threefold) {
    this.#board = board;
    this.#row = row;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stop) {
      const line = JSON.stringify({ seq: this.#next, ...this.#row(this.#next) });
      if (this.#board.print(`${line}\n`)) this.#next += 1;
      await sleep(20);
    }
  }

  /** @returns how many lines were printed */
  async stop(): Promise<number> {
    this.#stop = true;
    await this.#done;
    return this.#next;
  }

  skip(lines: number): void {
    this.#next += lines;
  }
}
