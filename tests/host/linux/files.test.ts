/** Questions to /proc and /dev, over trees of the test's own. */
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { accessRemedy, boardModel, groupOf, namesIn, textOf } from "../../../host/linux/files.ts";
import { testUnless } from "../../support/skip.ts";

const root = mkdtempSync(join(tmpdir(), "twentywatt-files-"));
afterAll(() => rmSync(root, { recursive: true }));
for (const folder of ["dev", "etc", "proc/device-tree"]) {
  mkdirSync(join(root, folder), { recursive: true });
}
writeFileSync(join(root, "proc/device-tree/model"), "Raspberry Pi 5 Model B Rev 1.0\0");
writeFileSync(join(root, "etc/group"), "root:x:0:\ngpio:x:993:pi,me\n");
for (const name of ["gpiochip10", "gpiochip2", "gpiochip0"])
  writeFileSync(join(root, "dev", name), "");

test("the model without its NUL; none on computers without a device tree", () => {
  expect(boardModel(root)).toBe("Raspberry Pi 5 Model B Rev 1.0");
  expect(boardModel(join(root, "dev"))).toBe(null);
});

test("names in the order of their numbers; nothing where there is no folder", () => {
  expect(namesIn(root, "dev")).toEqual(["gpiochip0", "gpiochip2", "gpiochip10"]);
  expect(namesIn(root, "sys/class/gpio")).toEqual([]);
  expect(textOf(root, "sys/class/gpio/gpiochip0/base")).toBe(null);
});

const asRoot = testUnless(
  process.getuid?.() === 0
    ? null
    : { reason: "only root gives a file to a group", fix: "run the tests as root" },
);

asRoot("the group of a device by name, by number where it has none, and what to type", () => {
  chownSync(join(root, "dev/gpiochip0"), 0, 993);
  chownSync(join(root, "dev/gpiochip2"), 0, 4711);
  chownSync(join(root, "dev/gpiochip10"), 0, 0);
  expect(groupOf(root, "dev/gpiochip0")).toBe("gpio");
  expect(groupOf(root, "dev/gpiochip2")).toBe("4711");
  expect(groupOf(root, "dev/gpiochip99")).toBe(null);
  expect(accessRemedy(root, "dev/gpiochip0", "gpio")).toBe(
    "sudo usermod -aG gpio $USER, then log in again.",
  );
  expect(accessRemedy(root, "dev/gpiochip10", "gpio")).toMatch(
    /root alone.* group gpio with a udev/,
  );
  expect(statSync(join(root, "dev/gpiochip0")).gid).toBe(993);
});
