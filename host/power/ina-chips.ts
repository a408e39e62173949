/** Texas Instruments' shunt monitors, one row each: accuracy, and the registers of those that no driver has taken. */
import { fail } from "../errors.ts";
import type { I2cDevice } from "../linux/i2c.ts";

export const INA_KINDS = ["ina219", "ina226", "ina228", "ina260", "ina3221"] as const;
export type InaKind = (typeof INA_KINDS)[number];

/** What flows through the shunt, and the voltage behind it. */
export type InaReading = { readonly volts: number; readonly amps: number };

export type InaChip = {
  readonly channels: 1 | 3;
  /** the shunt inside the chip; null: it is on the board, and only its owner knows it */
  readonly insideOhms: number | null;
  /** maximum gain errors of shunt and bus voltage, as root of the sum of squares */
  readonly gain: number;
  /** maximum offset of the shunt voltage, volts; of a chip with its shunt inside, that of the current times it */
  readonly offsetVolts: number;
  /** register and value that tell it from others; the INA219 has none */
  readonly identity: readonly (readonly [register: number, mask: number, value: number])[];
  /** written at opening: continuous, and a mean over as much of the time between two readings as the chip can */
  readonly settings: {
    readonly register: number;
    readonly value: number;
    readonly seconds: number;
  };
  /** one register of the shunt voltage, or of the current where the shunt is inside */
  readonly shunt: (device: I2cDevice, channel: number) => Scaled;
  readonly bus: (device: I2cDevice, channel: number) => number;
};

/** Volts, or amperes. */
export type Scaled = { readonly value: number; readonly atTheEnd: boolean };

/** Registers have the high byte first, SMBus words the low one. */
function word(device: I2cDevice, register: number): number {
  const swapped = device.readWord(register);
  return ((swapped & 0xff) << 8) | (swapped >> 8);
}

export const writeWord = (device: I2cDevice, register: number, value: number): void =>
  device.writeWord(register, ((value & 0xff) << 8) | (value >> 8));

const signed = (raw: number): number => (raw << 16) >> 16;

/** A signed word, `most` at the end of its range. */
const signedWord = (register: number, unit: number, most: number) => (device: I2cDevice) => {
  const raw = signed(word(device, register));
  return { value: raw * unit, atTheEnd: Math.abs(raw) >= most };
};

/** Registers of 24 bits whose upper 20 count. */
function twenty(device: I2cDevice, register: number): number {
  const bytes = device.readBlock(register, 3);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 3);
  return (view.getInt16(0, false) << 4) | (view.getUint8(2) >> 4);
}

const TI = 0x5449;

export const INA_CHIPS: Readonly<Record<InaKind, InaChip>> = {
  /** SBOS448: 0.5 % of current and of voltage; offset at PGA ÷ 8; 32 samples of 532 µs each for shunt and bus. */
  ina219: {
    channels: 1,
    insideOhms: null,
    gain: Math.hypot(0.005, 0.005),
    offsetVolts: 200e-6,
    identity: [],
    settings: { register: 0, value: 0x3eef, seconds: 0.034 },
    shunt: signedWord(1, 10e-6, 32_000),
    bus: (device) => (word(device, 2) >> 3) * 4e-3,
  },
  /** SBOS547: 16 means of 1.1 ms each for shunt and bus. */
  ina226: {
    channels: 1,
    insideOhms: null,
    gain: Math.hypot(0.001, 0.001),
    offsetVolts: 10e-6,
    identity: [
      [0xfe, 0xffff, TI],
      [0xff, 0xfff0, 0x2260],
    ],
    settings: { register: 0, value: 0x4527, seconds: 0.035 },
    shunt: signedWord(1, 2.5e-6, 32_767),
    bus: (device) => word(device, 2) * 1.25e-3,
  },
  /** SLYS021: shunt ±163.84 mV of 312.5 nV, bus of 195.3125 µV; 16 means of 1.052 ms each for both. */
  ina228: {
    channels: 1,
    insideOhms: null,
    gain: Math.hypot(0.0005, 0.0005),
    offsetVolts: 1e-6,
    identity: [
      [0x3e, 0xffff, TI],
      [0x3f, 0xfff0, 0x2280],
    ],
    settings: { register: 1, value: 0xbb6a, seconds: 0.034 },
    shunt(device) {
      const raw = twenty(device, 4);
      // ADCRANGE, bit 4 of CONFIG: a quarter of the range
      const unit = (word(device, 0) & 0x10) === 0 ? 312.5e-9 : 78.125e-9;
      return { value: raw * unit, atTheEnd: Math.abs(raw) >= 524_287 };
    },
    bus: (device) => twenty(device, 5) * 195.3125e-6,
  },
  /** SBOS656: a shunt of 2 mΩ inside, so that its register is the current: 1.25 mA, ± 5 mA of offset. */
  ina260: {
    channels: 1,
    insideOhms: 2e-3,
    gain: Math.hypot(0.0015, 0.001),
    offsetVolts: 5e-3 * 2e-3,
    identity: [
      [0xfe, 0xffff, TI],
      [0xff, 0xfff0, 0x2270],
    ],
    settings: { register: 0, value: 0x6527, seconds: 0.035 },
    shunt: signedWord(1, 1.25e-3, 32_767),
    bus: (device) => word(device, 2) * 1.25e-3,
  },
  /** SBOS576: three shunts; words whose upper 13 bits count, of 40 µV and 8 mV; 4 means of 1.1 ms, six in turn. */
  ina3221: {
    channels: 3,
    insideOhms: null,
    gain: Math.hypot(0.0025, 0.0025),
    offsetVolts: 80e-6,
    identity: [
      [0xfe, 0xffff, TI],
      [0xff, 0xffff, 0x3220],
    ],
    settings: { register: 0, value: 0x7327, seconds: 0.027 },
    shunt(device, channel) {
      const raw = signed(word(device, 2 * channel - 1)) >> 3;
      return { value: raw * 40e-6, atTheEnd: Math.abs(raw) >= 4095 };
    },
    bus: (device, channel) => (signed(word(device, 2 * channel)) >> 3) * 8e-3,
  },
};

/**
 * Asks a chip what it is and sets it to measure. What it was set to before it is again at the end.
 *
 * @returns what puts the settings back
 * @throws METER_MISSING where another chip answers
 */
export function startChip(device: I2cDevice, kind: InaKind): () => void {
  const { identity, settings } = INA_CHIPS[kind];
  for (const [register, mask, value] of identity) {
    const read = word(device, register);
    if ((read & mask) !== value) otherChip(device, kind, register, read, value);
  }
  const before = word(device, settings.register);
  writeWord(device, settings.register, settings.value);
  const after = word(device, settings.register);
  if (after !== settings.value) {
    writeWord(device, settings.register, before);
    otherChip(device, kind, settings.register, after, settings.value);
  }
  return () => writeWord(device, settings.register, before);
}

function otherChip(
  { name }: I2cDevice,
  kind: InaKind,
  register: number,
  read: number,
  expected: number,
): never {
  const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, "0")}`;
  const got = `${hex(read, 4)} in register ${hex(register, 2)}`;
  const remedy = "Name the chip that is printed on the part, and its own address.";
  return fail("METER_MISSING", name, got, `${hex(expected, 4)} of an ${kind}`, remedy);
}

/** @throws METER_MISSING for a reading at the end of the range: nobody knows how much more there was */
export function readChip(
  device: I2cDevice,
  kind: InaKind,
  channel: number,
  ohms: number,
): InaReading {
  const { shunt, bus, insideOhms } = INA_CHIPS[kind];
  const { value, atTheEnd } = shunt(device, channel);
  if (atTheEnd) {
    const got = "the shunt's voltage at the end of the range";
    const remedy = "Take a smaller shunt: the current is larger than this one can show.";
    fail("METER_MISSING", device.name, got, "a voltage inside it", remedy);
  }
  return { volts: bus(device, channel), amps: insideOhms === null ? value / ohms : value };
}
