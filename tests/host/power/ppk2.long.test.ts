/** A minute of a PPK2 at 100,000 samples a second, as fast as a pseudo-terminal takes it: every one of six million. */
import { expect } from "vitest";
import { openPpk2 } from "../../../host/power/ppk2.ts";
import { parseUri } from "../../../host/uri.ts";
import { FakePpk2 } from "../../support/fake-ppk2.ts";
import { kernelTest } from "../../support/system-calls.ts";

const SAMPLES = 6_000_000;
/** Two of the first may be torn, the last four wait for those behind them. */
const DOUBTFUL = 2;
const AHEAD = 4;
const marksAt = (k: number) => Math.floor(k / 1000) % 256;

kernelTest(
  "six million samples: none lost, none misread, in their order",
  async () => {
    const load = (k: number) => ({ adc: k % 0x4000, range: 2, marks: marksAt(k) });
    const device = new FakePpk2({ load, samples: SAMPLES });
    const uri = parseUri(`ppk2:${device.path}?mode=source&mv=3300`);
    if (!uri) throw new Error("no URI");
    const startMs = performance.now();
    const meter = await openPpk2(uri, { nowNs: () => BigInt(device.sent) * 10_000n });
    let k = DOUBTFUL - 1;
    let [lost, misread, backwards] = [0, 0, 0];
    let lastNs = -(2n ** 62n);
    for await (const sample of meter.samples()) {
      k += 1;
      if (sample.lost !== 0) lost += 1;
      if (sample.marks !== marksAt(k)) misread += 1;
      if (sample.tNs < lastNs) backwards += 1;
      lastNs = sample.tNs;
      if (k === SAMPLES - 1 - AHEAD) break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    await meter.close();
    device.close();
    expect({ k, lost, misread, backwards }).toEqual({
      ...{ k: SAMPLES - 1 - AHEAD, lost: 0, misread: 0, backwards: 0 },
    });
    console.log(`${Math.round(SAMPLES / seconds / 1000)} thousand samples a second`);
  },
  900_000,
);
