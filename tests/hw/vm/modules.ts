/**
 * Which drivers the virtual machine has. Most are Debian's own files; those that Debian leaves out are built from its
 * kernel's sources, which stay where they come from: what belongs to us are the edits below.
 */

/** Loaded before the tests, each after what it needs. */
export const LOADED = [
  ...["virtio_pci", "9pnet_virtio", "9p", "overlay", "configfs"],
  ...["i2c-dev", "dummy_hcd", "cdc-acm", "uhid", "hid-generic"],
] as const;

/** Debian's, which tests load with parameters and take away again; what they need is loaded before. */
export const DEBIAN_OPTIONAL = ["g_serial", "i2c-stub", "snd-aloop", "ina2xx-adc"] as const;

/** Built here, which tests load. */
export const BUILT = ["gpio-simx", "ina2xx", "ina3221", "test_power"] as const;

/** From the kernel's sources; gpiolib.h is no public header, and stands beside what includes it. */
export const SOURCES = [
  "drivers/gpio/gpio-sim.c",
  "drivers/gpio/gpiolib.h",
  "drivers/hwmon/ina2xx.c",
  "drivers/hwmon/ina3221.c",
  "drivers/power/supply/test_power.c",
  "kernel/irq/irq_sim.c",
] as const;

type Edit = readonly [from: RegExp | string, to: string];

/**
 * irq_sim.c is made for the kernel itself: as part of a module it needs a licence, and another way to an interrupt's
 * descriptor, for irq_to_desc is not exported.
 */
export const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  "irq_sim.c": [
    [/irq_to_desc\((\w+)\)/g, "irq_data_to_desc(irq_get_irq_data($1))"],
    ["#include <linux/slab.h>", "#include <linux/slab.h>\n#include <linux/module.h>"],
    [/$/, '\nMODULE_LICENSE("GPL");\n'],
  ],
};

export const MAKEFILE = `obj-m := ${BUILT.map((name) => `${name}.o`).join(" ")}
gpio-simx-y := gpio-sim.o irq_sim.o
`;
