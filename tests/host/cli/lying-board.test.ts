/** Boards that lie, on a real terminal: every answer is judged before it is used, and no request is sent without an end. */
import { expect } from "vitest";
import type { REQUEST } from "../../../host/runtime/requests.ts";
import { cli, cliJson, failure, folderOfFiles } from "../../support/cli.ts";
import { type LyingBoard, lyingBoard } from "../../support/lying-board.ts";
import { kernelTest } from "../../support/system-calls.ts";

folderOfFiles(); // a cache of its own

async function against<T>(
  lie: (name: string, answer: Uint8Array) => Uint8Array,
  work: (board: LyingBoard) => Promise<T>,
): Promise<T> {
  const board = lyingBoard(lie);
  try {
    return await work(board);
  } finally {
    board.close();
  }
}

/** Another number, little-endian, in the answer to a request. */
const withNumber =
  (request: keyof typeof REQUEST, at: number, bytes: number, value: number) =>
  (name: string, answer: Uint8Array): Uint8Array => {
    if (name !== request) return answer;
    const changed = answer.slice();
    for (let k = 0; k < bytes; k++) changed[at + k] = Math.floor(value / 256 ** k) & 0xff;
    return changed;
  };

kernelTest("a largest payload that no board has: nothing is sent in pieces of it", async () => {
  for (const payloadMax of [0, 1, 259, 1025, 65_535]) {
    await against(withNumber("HELLO", 2, 2, payloadMax), async ({ name, device }) => {
      const { code, errors } = await failure("deploy", "net:lif", name);
      expect([code, errors[0]?.code, errors[0]?.got]).toEqual([
        ...[1, "DEVICE_PROTOCOL", `${payloadMax} bytes`],
      ]);
      expect([...device.done.keys()]).toEqual(["HELLO"]);
    });
  }
});

kernelTest("another version of the wire is refused, and nothing follows", async () => {
  await against(withNumber("HELLO", 0, 2, 2), async ({ name, device }) => {
    const { errors } = await failure("run", "net:lif", "--steps", "1", "--target", name);
    expect(errors[0]).toMatchObject({ code: "DEVICE_PROTOCOL", got: "version 2" });
    expect([...device.done.keys()]).toEqual(["HELLO"]);
  });
});

kernelTest("logs without an end do not keep monitor from its samples", async () => {
  const full = (name: string, answer: Uint8Array): Uint8Array => {
    if (name !== "LOGS") return answer;
    const text = new TextEncoder().encode("\x1b[2J".repeat(200));
    // from 0 to 2^32 - 1, whatever was asked for
    return Uint8Array.from([0, 0, 0, 0, 255, 255, 255, 255, ...text]);
  };
  await against(full, async ({ name, device }) => {
    const args = ["monitor", name, "--samples", "2", "--interval", "0.01"];
    const { code, stdout } = await cli([...args, "--json"]);
    expect(code).toBe(0);
    const documents = stdout.trimEnd().split("\n");
    expect(documents.filter((line) => "sample" in JSON.parse(line))).toHaveLength(2);
    expect(device.done.get("LOGS")).toBeLessThan(200);
    const plain = await cli(args);
    expect(plain.stdout).toContain("log: ?[2J");
    expect(plain.stdout).not.toContain("\x1b");
  });
});

kernelTest("a board whose name is a command to the terminal", async () => {
  const named = (name: string, answer: Uint8Array): Uint8Array => {
    if (name !== "HELLO") return answer;
    const text = [...new TextEncoder().encode("\x1b[2J")];
    return Uint8Array.from([...answer.subarray(0, 26), text.length, ...text, 1, 0x9b]);
  };
  await against(named, async ({ name }) => {
    for (const args of [
      ["devices", name],
      ["monitor", name, "--samples", "1"],
    ]) {
      const { stdout, stderr } = await cli(args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }
    const { document } = await cliJson(["devices", name]);
    expect(JSON.stringify(document)).not.toContain("\\u001b");
  });
});
