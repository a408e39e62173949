/** What MLPerf Tiny's runner does on a line: a command, then all that comes before `m-ready`. */
import type { Channel, Line } from "../../host/lines/line.ts";

const READY = "m-ready\r\n";
const PATIENCE_MS = 60_000;

export class Runner {
  private readonly channel: Channel;
  private readonly heard: () => string;
  private readonly onStir: (stir: () => void) => void;
  /** characters of what was heard that belong to answers before */
  private taken = 0;

  private constructor(channel: Channel, heard: () => string, onStir: (stir: () => void) => void) {
    this.channel = channel;
    this.heard = heard;
    this.onStir = onStir;
  }

  static async open(line: Line): Promise<Runner> {
    let text = "";
    let stirred = () => {};
    const channel = await line.open({
      bytes: (bytes) => {
        text += Buffer.from(bytes).toString("latin1");
        stirred();
      },
      closed: () => {},
    });
    return new Runner(
      channel,
      () => text,
      (stir) => {
        stirred = stir;
      },
    );
  }

  /** What the board said before anybody listened, its boot lines perhaps, is over after this. */
  async settle(): Promise<void> {
    let answer = await this.command("name");
    while (!answer.endsWith("]\r\n")) answer = await this.answer();
  }

  /** Sends a command without its `%`. Returns the answer without `m-ready`. */
  async command(words: string): Promise<string> {
    this.write(`${words}%`);
    return this.answer();
  }

  write(bytes: string): void {
    this.channel.write(Buffer.from(bytes, "latin1"));
  }

  /** All up to the next `m-ready`. */
  answer(): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.onStir(() => {});
        const rest = JSON.stringify(this.heard().slice(this.taken));
        reject(new Error(`no m-ready after ${PATIENCE_MS} ms, only ${rest}`));
      }, PATIENCE_MS);
      const look = () => {
        const end = this.heard().indexOf(READY, this.taken);
        if (end < 0) return;
        clearTimeout(timer);
        this.onStir(() => {});
        const text = this.heard().slice(this.taken, end);
        this.taken = end + READY.length;
        resolve(text);
      };
      this.onStir(look);
      look();
    });
  }

  /** What came after the last answer: nothing may. */
  rest(): string {
    return this.heard().slice(this.taken);
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  /** `db load`, then `db` in chunks as the runner's. */
  async load(input: Uint8Array): Promise<void> {
    await this.command(`db load ${input.length}`);
    for (let at = 0; at < input.length; at += CHUNK) {
      await this.command(`db ${Buffer.from(input.subarray(at, at + CHUNK)).toString("hex")}`);
    }
  }

  /** The numbers of one inference. */
  async infer(input: Uint8Array): Promise<string> {
    await this.load(input);
    const answer = await this.command("infer 1 0");
    return /^m-results-\[([^\]]+)\]\r\n/m.exec(answer)?.[1] ?? answer;
  }
}

const CHUNK = 31;
