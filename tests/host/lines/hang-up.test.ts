/** Ports that hang up, at moments that decide whether anybody hears it. */
import { expect } from "vitest";
import { serialLine } from "../../../host/lines/index.ts";
import { openPseudoTerminal } from "../../../host/linux/pty.ts";
import { kernelTest, systemCalls } from "../../support/system-calls.ts";

const LINE = new TextEncoder().encode("5.00 V 100.0 mA\r\n");

/** The line is written again and again; its end goes within the taking of the bytes, or when nothing is under way. */
const hungUp = async (moment: "taking" | "waiting"): Promise<void> => {
  for (let round = 0; round < 5; round++) {
    const terminal = openPseudoTerminal(systemCalls());
    let text = "";
    const why = await new Promise<string>((resolve, reject) => {
      serialLine(terminal.path)
        .open({
          bytes(bytes) {
            text += new TextDecoder().decode(bytes);
            if (moment === "taking") terminal.close();
            else setImmediate(() => terminal.close());
          },
          closed: resolve,
        })
        .then(() => terminal.write(LINE), reject);
    });
    expect([text, why]).toEqual(["5.00 V 100.0 mA\r\n", "the port closed"]);
  }
};

kernelTest("while its bytes are taken: the next read finds it gone", () => hungUp("taking"));

kernelTest("while nothing comes: it is the wait that ends", () => hungUp("waiting"));

kernelTest("what came before it is not lost", async () => {
  const terminal = openPseudoTerminal(systemCalls());
  let bytes = 0;
  let written = 0;
  await new Promise<string>((resolve, reject) => {
    serialLine(terminal.path)
      .open({
        bytes(more) {
          bytes += more.length;
          if (written < 100_000) written += terminal.write(LINE);
          else if (bytes === written) terminal.close();
        },
        closed: resolve,
      })
      .then(() => {
        written += terminal.write(LINE);
      }, reject);
  });
  expect(bytes).toBe(written);
});

// what asked a poller that was no more ended the process
kernelTest("closed by this side while a read is under way", async () => {
  for (let round = 0; round < 30; round++) {
    const terminal = openPseudoTerminal(systemCalls());
    const channel = await serialLine(terminal.path).open({ bytes() {}, closed() {} });
    if (round % 2 === 0) terminal.write(LINE);
    for (let turn = 0; turn < round % 5; turn++) await new Promise((next) => setImmediate(next));
    await channel.close();
    terminal.close();
  }
});
