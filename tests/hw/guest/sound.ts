/** A microphone: the driver snd-aloop, which records what is played into its other side. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { openSensor } from "../../../host/sensors/open.ts";
import type { Block } from "../../../host/sensors/sensor.ts";
import { problemOf } from "./failing.ts";
import type { GuestTest } from "./guest-test.ts";
import { options, take } from "./listening.ts";
import { loadDriver, until, within } from "./machine.ts";

const RATE = 16_000;
/** Two seconds that tell where they are: sample k is k + 1. */
const PLAYED = 2 * RATE;

async function loopback(): Promise<void> {
  if (!existsSync("/proc/asound/Loopback")) loadDriver("snd-aloop", "index=0", "id=Loopback");
  await until("the sound card", () => existsSync("/dev/snd/pcmC0D1c"));
}

/** Plays the ramp again and again, until it is ended. */
function play() {
  const ramp = new Int16Array(10 * PLAYED);
  ramp.forEach((_, k) => {
    ramp[k] = (k % PLAYED) + 1 > 32_767 ? 0 : (k % PLAYED) + 1;
  });
  writeFileSync("/run/ramp.raw", new Uint8Array(ramp.buffer));
  const form = ["-f", "S16_LE", "-r", String(RATE), "-c", "1", "-t", "raw"];
  const args = ["-q", "-D", "hw:Loopback,0", ...form, "/run/ramp.raw"];
  return spawn("aplay", args, { stdio: "ignore" });
}

export const SOUND: readonly GuestTest[] = [
  {
    name: "mic: what is played into a sound card is what comes, sample by sample",
    body: async () => {
      await loopback();
      const player = play();
      const io = options();
      try {
        const sensor = await openSensor("mic:hw:Loopback,1", io);
        assert.deepEqual(sensor.describe(), {
          channels: [{ name: "mono", unit: "" }],
          // the ends of 16 bits, where a converter would be stuck
          ranges: [[-1, 32767 / 32768]],
          sampleRateHz: RATE,
        });
        const iterator = sensor[Symbol.asyncIterator]();
        // on a busy computer either side may be late: a gap is a gap, and what follows one another must do so
        let [following, last] = [0, 0];
        while (following < RATE) {
          const { value, done } = await within("sound", iterator.next());
          assert.ok(!done, "it ended");
          for (const one of (value as Block).values) {
            const level = one * 32_768;
            assert.ok(Number.isInteger(level) && level >= 0 && level <= PLAYED, `${level}`);
            if (level === last + 1) following += 1;
            last = level;
          }
        }
        await until("the level", () => io.said.some((line) => line.includes("peak")));
        await sensor.close();
      } finally {
        player.kill("SIGKILL");
      }
    },
  },
  {
    name: "mic: a silent microphone is warned of",
    body: async () => {
      await loopback();
      const io = options();
      const sensor = await openSensor("mic:hw:Loopback,1", io);
      const blocks = await take(sensor, 2 * RATE);
      assert.ok(blocks.every(({ values }) => values.every((value) => value === 0)));
      assert.match(io.said.join("\n"), /silent, every sample is 0/);
      await sensor.close();
    },
  },
  {
    name: "mic: a card that is not there is refused with what arecord says",
    body: async () => {
      await loopback();
      const { code, got, remedy } = await problemOf(openSensor("mic:hw:9", options()));
      assert.equal(code, "SENSOR_MISSING");
      assert.match(got, /No such (file or directory|device)/);
      assert.match(remedy, /arecord -l/);
    },
  },
];
