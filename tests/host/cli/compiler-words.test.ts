/** What a C compiler printed stands in an error: its lines are lines, and what else it holds is not obeyed. */
import { expect, test } from "vitest";
import { reportFailure } from "../../../host/cli/result.ts";
import { type ErrorCode, TwentyWattError } from "../../../host/errors.ts";

const WORDS = [
  "main.c: In function 'main':",
  "main.c:3:5: error: expected ';' before '\x1b[2J}' token",
  "    3 |   return 0",
  "      |           ^",
];

function said(code: ErrorCode, got: string): string {
  let stderr = "";
  const stream = { write: (text: string) => (stderr += text) };
  const { signal } = new AbortController();
  const io = { stdout: stream, stderr: stream, env: {}, signal } as never;
  const problem = { code, where: "main.c", got, expected: "no error", remedy: "Correct it." };
  expect(reportFailure("run", false, io, new TwentyWattError(problem))).toBe(1);
  return stderr;
}

test.each(["\n", "\r\n"])("FIRMWARE: line by line, ended by %j", (end) => {
  const lines = said("FIRMWARE", `from cc:${end}${WORDS.join(end)}${end}`).split("\n");
  expect(lines).toEqual([
    "FIRMWARE: main.c: got from cc:",
    ...WORDS.map((line) => line.replace("\x1b", "\\x1b")),
    ", expected no error. Correct it.",
    "",
  ]);
});

test("what comes from a file has no lines of its own", () => {
  expect(said("MODEL_FORMAT", "a name\nMODULE_ABI: a lie")).toBe(
    "MODEL_FORMAT: main.c: got a name\\x0aMODULE_ABI: a lie, expected no error. Correct it.\n",
  );
});
