/**
 * tc66c:PORT: RD's TC66 and TC66C on USB. Asked with `getva` it answers with 192 bytes, encrypted with a key that everybody has:
 * three packets of 64, numbers with the low byte first.
 *
 *     0 "pac1"   4 "TC66"   48 u32 volts / 10⁴   52 u32 amperes / 10⁵   56 u32 watts / 10⁴   60 u32 CRC of bytes 0 … 59
 *    64 "pac2"   …  124 u32 CRC        128 "pac3"   …   188 u32 CRC
 */
import { createDecipheriv } from "node:crypto";
import { fail } from "../errors.ts";
import { onlyKeys, type Uri } from "../uri.ts";
import { openAskedMeter } from "./asked-port.ts";
import type { PowerMeter } from "./meter.ts";
import type { Asked } from "./polled.ts";
import type { SerialMeterOptions } from "./port.ts";
import { usbFacts } from "./usb-facts.ts";

const REQUEST = new TextEncoder().encode("getva");
const PACKET_BYTES = 64;
const PACKETS = ["pac1", "pac2", "pac3"] as const;
const ANSWER_BYTES = PACKET_BYTES * PACKETS.length;
/** The maker's, published with every program that reads this meter: it keeps nothing secret. */
const KEY = Buffer.from("5821fa5601b2f02687ff1204622a4fb086f40260816f9a0ba7f106619ab87288", "hex");
const PERIOD_MS = 200;
const PATIENCE_MS = 1000;
const GAIN = 0.005;
const OFFSET_WATTS = 0.005;

const REMEDY =
  "Take the port of its USB plug for the computer, not Bluetooth, and leave its boot loader by plugging it in again.";

/** @throws METER_MISSING where nothing answers as a TC66C does */
export async function openTc66c(uri: Uri, options: SerialMeterOptions = {}): Promise<PowerMeter> {
  onlyKeys(uri, []);
  const facts = usbFacts(uri, {
    name: `RD TC66C on ${uri.rest}`,
    periodSeconds: PERIOD_MS / 1000,
    ageSeconds: PERIOD_MS / 1000,
    gain: GAIN,
    offsetWatts: OFFSET_WATTS,
  });
  return openAskedMeter(facts, {
    ...options,
    ...{ uri, request: REQUEST, answerBytes: ANSWER_BYTES, remedy: REMEDY },
    ...{ periodMs: PERIOD_MS, patienceMs: PATIENCE_MS },
    reading: (answer) => tc66cReading(uri.text, answer),
  });
}

/** @throws METER_MISSING for what is no whole answer */
export function tc66cReading(uri: string, encrypted: Uint8Array): Asked {
  const cipher = createDecipheriv("aes-256-ecb", KEY, null).setAutoPadding(false);
  const answer = Buffer.concat([cipher.update(encrypted), cipher.final()]);
  for (const [k, name] of PACKETS.entries()) {
    const packet = answer.subarray(k * PACKET_BYTES, (k + 1) * PACKET_BYTES);
    const sound =
      packet.toString("latin1", 0, name.length) === name &&
      packet.readUInt32LE(PACKET_BYTES - 4) === crc16(packet.subarray(0, PACKET_BYTES - 4));
    if (!sound) {
      const got = `192 bytes whose ${name} is damaged`;
      fail("METER_MISSING", `--meter ${uri}`, got, "an answer of a TC66C", REMEDY);
    }
  }
  return {
    watts: answer.readUInt32LE(56) / 1e4,
    volts: answer.readUInt32LE(48) / 1e4,
    amps: answer.readUInt32LE(52) / 1e5,
  };
}

/** CRC-16 of Modbus: reflected, polynomial 0x8005, begun with 0xffff. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}
