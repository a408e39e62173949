/** What one busy core of a class may draw. Bounds have sources; none of them is a measurement of your computer. */

type CoreClass = {
  readonly title: string;
  /** the wider class that this one is part of; null: of none */
  readonly within: string | null;
  readonly lowWatts: number;
  readonly highWatts: number;
  /** where the bounds come from */
  readonly source: string;
};

const PI_4 =
  "Raspberry Pi 4 on pidramble.com: (6.4 − 2.7) W of the board from idle to four busy cores, 0.9 W each, ± 60 %";
const PI_5 =
  "Raspberry Pi 5 in jfikar/RPi5-power, by its own regulators: (9.8 − 1.3) W on VDD_CORE from idle to full load, " +
  "2.1 W per core, ± 60 %";

/**
 * Bounds per busy core. x86: makers' rated power over cores, from the most frugal part of the class to the one that
 * gives a core most; ÷ 8 where only the 8 performance cores can draw it.
 */
export const CORE_CLASSES = {
  "x86-laptop": {
    title: "x86 laptop core",
    within: "x86-other",
    lowWatts: 1.5,
    highWatts: 20,
    source:
      "makers' ratings: Core i7-1265U 15 W / 10 cores … Core i9-13980HX 157 W / 8 performance cores",
  },
  "x86-desktop": {
    title: "x86 desktop core",
    within: "x86-other",
    lowWatts: 1.5,
    highWatts: 30,
    source:
      "makers' ratings: Core i9-13900T 35 W / 24 cores … Core i9-12900K 241 W / 8 performance cores",
  },
  "x86-server": {
    title: "x86 server core",
    within: "x86-other",
    lowWatts: 2.6,
    highWatts: 20,
    source: "makers' ratings: EPYC 9965 500 W / 192 cores … EPYC 9174F 320 W / 16 cores",
  },
  "x86-other": {
    title: "x86 core of unknown kind",
    within: null,
    lowWatts: 0.5,
    highWatts: 40,
    source:
      "reasoned: from a core of a tablet's processor to the only busy one of a desktop's; no source for this processor",
  },
  pi4: {
    title: "Raspberry Pi 4 core",
    within: "cortex-a72",
    lowWatts: 0.5,
    highWatts: 1.5,
    source: PI_4,
  },
  pi5: {
    title: "Raspberry Pi 5 core",
    within: "cortex-a76",
    lowWatts: 1,
    highWatts: 3.5,
    source: PI_5,
  },
  "cortex-a72": {
    title: "Cortex-A72 core",
    within: "arm-other",
    lowWatts: 0.5,
    highWatts: 1.5,
    source: `that of the ${PI_4}`,
  },
  "cortex-a76": {
    title: "Cortex-A76 core",
    within: "arm-other",
    lowWatts: 1,
    highWatts: 3.5,
    source: `that of the ${PI_5}`,
  },
  "arm-other": {
    title: "Arm core of unknown kind, such as those of Raspberry Pi 3 and Zero 2",
    within: null,
    lowWatts: 0.2,
    highWatts: 10,
    source:
      "reasoned: from a small in-order core to one of a desktop processor; no source for this processor",
  },
  microcontroller: {
    title: "microcontroller",
    within: null,
    lowWatts: 0.01,
    highWatts: 0.5,
    source:
      "reasoned: 3 mA … 150 mA at 3.3 V, from a low-power Cortex-M4 to an ESP32 without radio",
  },
} as const satisfies Record<string, CoreClass>;

export type CoreClassName = keyof typeof CORE_CLASSES;

export const isCoreClass = (name: string): name is CoreClassName =>
  Object.hasOwn(CORE_CLASSES, name);

/** Whether `name` is `wider` or part of it. */
export function isWithin(name: CoreClassName, wider: CoreClassName): boolean {
  const { within } = CORE_CLASSES[name];
  return name === wider || (within !== null && isWithin(within, wider));
}
