/** `doctor` on GPIO and I²C: the lines of each Raspberry Pi, who may use them, and who does. */
import { describe, expect, test } from "vitest";
import { examined, PC, PI4 } from "../../support/examined.ts";
import { COMPUTERS } from "../../support/gpio-computers.ts";

describe("GPIO", () => {
  test.each(COMPUTERS)(
    "$system: its chips, and where sysfs counts the header from",
    async (one) => {
      const { result, findings, code } = await examined(one);
      expect(code).toBe(0);
      const gpio = result.json.gpio as readonly Record<string, unknown>[];
      expect(gpio).toContainEqual(
        expect.objectContaining({ chip: one.device, label: one.label, base: one.base }),
      );
      expect(findings[0]).toMatchObject({
        level: "ok",
        fix: "twentywatt record gpio:17 -o line.rec",
      });
      expect(findings[0]?.what).toContain(`GPIO17 is ${one.base + 17} there`);
      expect(result.json.host).toMatchObject({ model: one.model, user: "ada", groups: ["users"] });
    },
  );

  test("not in the group: the command that adds it; in it since a moment: a new session", async () => {
    const root = (uid: number) => process.getuid?.() === uid;
    const refused = ["dev/gpiochip0", "dev/gpiochip1"];
    const { not, code } = await examined(PI4, {}, { refused });
    expect(code).toBe(1);
    // the files of the test belong to whoever runs it
    if (root(0))
      expect(not[0]?.fix).toMatch(
        /^echo 'SUBSYSTEM=="gpio", GROUP="gpio", MODE="0660"' \| sudo tee /,
      );
    const own = process.getgid?.() ?? 0;
    const rows = (members: string) => ({
      ...{ "etc/group": `gpio:x:${own}:${members}\n`, "dev/i2c-1": "" },
    });
    expect((await examined(PI4, rows(""), { refused })).not).toMatchObject([
      {
        ...{ level: "problem", where: "/dev/gpiochip0, /dev/gpiochip1" },
        fix: "sudo usermod -aG gpio ada",
      },
    ]);
    expect((await examined(PI4, rows("bob,ada"), { refused })).not).toMatchObject([
      { level: "problem", fix: "exec su - ada" },
    ]);
  });

  test("lines that are exported, and lines that drivers have", async () => {
    const used = {
      ...PI4,
      chips: PI4.chips.map((chip, k) =>
        k === 0 ? { ...chip, consumers: { 4: "onewire@0" } } : chip,
      ),
    };
    const { findings } = await examined(used, { "sys/class/gpio/gpio529/value": "0\n" });
    expect(findings).toContainEqual({
      level: "warning",
      what: "line 17 of pinctrl-bcm2711 is exported in sysfs: the character device finds it busy",
      where: "/sys/class/gpio/gpio529",
      fix: "echo 529 | sudo tee /sys/class/gpio/unexport",
    });
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: "ok",
        what: "1 header line in use: GPIO4 (pin 7) by onewire@0",
      }),
    );
  });

  test("a computer without lines has no problem", async () => {
    const { code, not, result } = await examined(PC);
    expect([code, not]).toEqual([0, []]);
    expect(result.json.gpio).toEqual([]);
  });
});

test("I²C: not in the group; not enabled on a Raspberry Pi", async () => {
  const own = process.getgid?.() ?? 0;
  const files = { "etc/group": `i2c:x:${own}:\n`, "dev/i2c-1": "" };
  expect((await examined(PC, files, { refused: ["dev/i2c-1"] })).not).toMatchObject([
    { level: "problem", where: "/dev/i2c-1", fix: "sudo usermod -aG i2c ada" },
  ]);
  const { findings } = await examined(PI4);
  expect(findings).toContainEqual(
    expect.objectContaining({ level: "warning", fix: "sudo raspi-config nonint do_i2c 0" }),
  );
});
