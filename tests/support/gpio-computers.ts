/**
 * Computers whose GPIO numbering is known: a Raspberry Pi of each generation with the kernels that moved its base. Line
 * counts, labels, bases and device numbers are from the reports of the people who met them.
 */
import type { FakeChip, FakeComputer } from "./gpio-kernel.ts";

const expander = (device: string, base: number): FakeChip => ({
  ...{ device, label: "raspberrypi-exp-gpio", lines: 8, base },
});
/** The SoC's own lines of a Raspberry Pi 5: none of them is on the header. */
const soc = (first: number, bases: readonly number[]): FakeChip[] =>
  ["gpio-brcmstb@107d508500", "gpio-brcmstb@107d508520", "gpio-brcmstb@107d517c00"].map(
    (label, k) => ({
      ...{ device: `gpiochip${first + k}`, label, lines: 32, base: bases[k] ?? null },
    }),
  );

export type KnownComputer = FakeComputer & {
  readonly system: string;
  /** where the header's chip is */
  readonly device: string;
  readonly label: string;
  readonly base: number;
};

export const COMPUTERS: readonly KnownComputer[] = [
  {
    ...{ system: "Raspberry Pi OS, 6.1, Pi 3", model: "Raspberry Pi 3 Model B Rev 1.2" },
    ...{ device: "gpiochip0", label: "pinctrl-bcm2835", base: 0 },
    chips: [
      { device: "gpiochip0", label: "pinctrl-bcm2835", lines: 54, base: 0 },
      { device: "gpiochip1", label: "brcmvirt-gpio", lines: 2, base: 100 },
      expander("gpiochip2", 128),
    ],
  },
  {
    ...{ system: "Raspberry Pi OS, 6.1, Pi 4", model: "Raspberry Pi 4 Model B Rev 1.4" },
    ...{ device: "gpiochip0", label: "pinctrl-bcm2711", base: 0 },
    chips: [
      { device: "gpiochip0", label: "pinctrl-bcm2711", lines: 58, base: 0 },
      expander("gpiochip1", 504),
    ],
  },
  {
    ...{ system: "Raspberry Pi OS, 6.1, Pi 5", model: "Raspberry Pi 5 Model B Rev 1.0" },
    ...{ device: "gpiochip4", label: "pinctrl-rp1", base: 399 },
    chips: [
      ...soc(0, [0, 32, 64]),
      { device: "gpiochip4", label: "pinctrl-rp1", lines: 54, base: 399 },
    ],
  },
  {
    ...{ system: "Raspberry Pi OS, 6.6.20, Pi 4", model: "Raspberry Pi 4 Model B Rev 1.5" },
    ...{ device: "gpiochip0", label: "pinctrl-bcm2711", base: 512 },
    chips: [
      { device: "gpiochip0", label: "pinctrl-bcm2711", lines: 58, base: 512 },
      expander("gpiochip1", 570),
    ],
  },
  {
    ...{ system: "Raspberry Pi OS, 6.6.20, Pi 5", model: "Raspberry Pi 5 Model B Rev 1.0" },
    ...{ device: "gpiochip4", label: "pinctrl-rp1", base: 571 },
    chips: [
      ...soc(0, [512, 544, 548]),
      { device: "gpiochip4", label: "pinctrl-rp1", lines: 54, base: 571 },
    ],
  },
  {
    ...{ system: "Raspberry Pi OS, 6.6.47, Pi 5", model: "Raspberry Pi 5 Model B Rev 1.1" },
    ...{ device: "gpiochip0", label: "pinctrl-rp1", base: 569 },
    chips: [
      { device: "gpiochip0", label: "pinctrl-rp1", lines: 54, base: 569 },
      ...soc(10, [512, 544, 548]),
    ],
    // Raspberry Pi OS keeps the old name
    links: [["gpiochip4", "gpiochip0"]],
  },
  {
    ...{ system: "Debian 12, 6.1, Pi 3", model: "Raspberry Pi 3 Model B" },
    ...{ device: "gpiochip0", label: "pinctrl-bcm2835", base: 458 },
    chips: [
      { device: "gpiochip0", label: "pinctrl-bcm2835", lines: 54, base: 458 },
      expander("gpiochip1", 450),
    ],
  },
  {
    ...{ system: "Debian 12, 6.1, amd64 with gpio-sim", model: null },
    ...{ device: "gpiochip0", label: "pinctrl-bcm2711", base: 996 },
    chips: [{ device: "gpiochip0", label: "pinctrl-bcm2711", lines: 28, base: 996 }],
  },
];
