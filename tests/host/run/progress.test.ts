/** Progress: one line that changes where a terminal can do that, else lines; nothing with an escape in it elsewhere. */
import { describe, expect, test } from "vitest";
import { openPace } from "../../../host/run/progress.ts";

const ESCAPE = "\x1b";
const STATUS = "1,234,567 samples of a network whose name is rather long";

/** Work of a minute in steps of 50 ms, by a clock of its own. */
async function minute(
  screen: { isTTY?: boolean; columns?: number },
  env: Record<string, string> = {},
): Promise<string> {
  let text = "";
  let nowNs = 0n;
  const stderr = { ...screen, write: (part: string) => (text += part) };
  const pace = openPace({ clock: { nowNs: () => nowNs }, stderr, env });
  for (; nowNs < 60_000_000_000n; nowNs += 50_000_000n) await pace.next(() => STATUS);
  pace.end();
  return text;
}

test("in a terminal it is drawn over, never wider than the terminal, and gone at the end", async () => {
  const text = await minute({ isTTY: true, columns: 30 });
  const lines = text.split(`\r${ESCAPE}[2K`);
  expect(lines.length).toBeGreaterThan(200);
  expect(new Set(lines.slice(1, -1))).toEqual(new Set(["1,234,567 samples of a netwo…"]));
  expect(lines.at(-1)).toBe("");
  expect(text).not.toContain("\n");
});

describe("anywhere else it is lines, few and without escapes", () => {
  test.each([
    ["a pipe", {}, {}],
    ["TERM=dumb", { isTTY: true }, { TERM: "dumb" }],
    ["NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }],
  ])("%s", async (_, screen, env) => {
    const lines = (await minute(screen, env)).trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(10);
    expect(new Set(lines)).toEqual(new Set([STATUS]));
  });

  test("a dumb terminal has an edge, too", async () => {
    const text = await minute({ isTTY: true, columns: 30 }, { TERM: "dumb" });
    expect(text.split("\n").slice(0, 2)).toEqual([
      "1,234,567 samples of a network",
      "whose name is rather long",
    ]);
  });
});
