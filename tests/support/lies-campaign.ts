/**
 * Boards that lie, against every verb that speaks to one, in a time of their own: what takes a minute of patience takes
 * none. Each verb must end, with a result or with coded errors, after so many requests at most.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ChannelEvents, Line } from "../../host/lines/line.ts";
import { mulberry32, type Random } from "../../host/model/random.ts";
import { cli } from "./cli.ts";
import { DeviceModel } from "./device-model.ts";
import { FakeTime } from "./fake-time.ts";
import { characterOf, liar } from "./lies.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const BOARD = "board:liar";

/** Each ends by itself on an honest board. */
const VERBS = (model: string): readonly (readonly string[])[] => [
  ["devices", BOARD],
  ["deploy", model, BOARD],
  ["run", model, "--target", BOARD, "--steps", "40"],
  ["run", "net:demo-int8", "--target", BOARD, "--samples", "3"],
  ["monitor", BOARD, "--samples", "3", "--interval", "0.001"],
  ["bench", model, "--target", BOARD, "--seconds", "0.001"],
];

/**
 * An honest board needs up to some dozens. A liar may have a deployment begun four times, and each request asked for
 * again as long as patience lasts; more than this is a loop without an end.
 */
const MOST_REQUESTS = 20_000;

export type LiesOutcome = {
  readonly cases: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly mostRequests: number;
  /** heap after a collection, at the end against after the first tenth */
  readonly grownBytes: number;
  readonly failures: readonly string[];
};

class TooManyRequests extends Error {}

/** One board, one verb. */
async function one(seed: number, args: readonly string[]) {
  const random = mulberry32(seed);
  const time = new FakeTime();
  const device = new DeviceModel(time, {});
  let requests = 0;
  let stop: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  const said = cli([...args, "--json"], {
    boards: {
      timers: time,
      line: () =>
        lineTo(device, random, () => {
          if (++requests === MOST_REQUESTS) stop(new TooManyRequests());
        }),
    },
  });
  try {
    const ran = await time.run(Promise.race([said, stopped]));
    return { ran, requests };
  } catch (error) {
    if (error instanceof TooManyRequests) return { ran: null, requests };
    throw error;
  }
}

function lineTo(device: DeviceModel, random: Random, asked: () => void): Line {
  return {
    name: BOARD,
    async open(events: ChannelEvents) {
      const lies = liar(characterOf(random), random);
      device.send = (bytes) => {
        for (const part of lies(bytes.slice())) events.bytes(part);
      };
      let here = true;
      return {
        write(bytes) {
          if (!here) return;
          asked();
          device.receive(bytes.slice());
        },
        async close() {
          here = false;
          device.send = null;
        },
      };
    },
  };
}

function wrong(code: number, stdout: string, stderr: string): string | null {
  if (/INTERNAL/.test(stdout + stderr)) return "INTERNAL";
  const documents = stdout.trimEnd().split("\n");
  const last = documents.at(-1) ?? "";
  let parsed: { ok?: unknown; errors?: readonly { code: string }[] };
  try {
    for (const line of documents) JSON.parse(line);
    parsed = JSON.parse(last);
  } catch {
    return `no document: ${last.slice(0, 200)}`;
  }
  const failed = parsed.ok === false && (parsed.errors ?? []).length > 0;
  if (code === 0 ? parsed.ok !== true : !(code === 1 && failed))
    return `exit ${code} with ${last.slice(0, 200)}`;
  return null;
}

export async function lieToVerbs(
  seed: number,
  cases: number,
  model = "net:lif?current=20",
): Promise<LiesOutcome> {
  const codes: Record<string, number> = {};
  const failures: string[] = [];
  let mostRequests = 0;
  let early = 0;
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  for (let k = 0; k < cases; k++) {
    const verbs = VERBS(model);
    const args = verbs[k % verbs.length] ?? [];
    const { ran, requests } = await one(seed + k, args);
    mostRequests = Math.max(mostRequests, requests);
    const problem =
      ran === null ? `${requests} requests and no end` : wrong(ran.code, ran.stdout, ran.stderr);
    if (problem !== null) failures.push(`seed ${seed + k}, ${args[0]}: ${problem}`);
    const code = ran === null ? "no end" : (/"code":"(\w+)"/.exec(ran.stdout)?.[1] ?? "done");
    codes[`${args[0]} ${code}`] = (codes[`${args[0]} ${code}`] ?? 0) + 1;
    if (k === Math.floor(cases / 10)) early = heap();
  }
  return { cases, codes, mostRequests, grownBytes: heap() - early, failures };
}
