/** tests/fixtures/frames.txt: frames and their bytes, made by a script that shares no code with the project. */
import { readFileSync } from "node:fs";
import type { Frame } from "../../host/lines/frame.ts";

export type FrameVector = { readonly frame: Frame; readonly wire: Uint8Array };

const hex = (text: string): Uint8Array =>
  text === "-" ? new Uint8Array(0) : new Uint8Array(Buffer.from(text, "hex"));

export function frameVectors(): readonly FrameVector[] {
  const text = readFileSync(new URL("../fixtures/frames.txt", import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [type, status, session, sequence, payload = "", wire = ""] = line.split(" ");
      const [a = 0, b = 0, c = 0, d = 0] = [type, status, session, sequence].map(Number);
      return {
        frame: { type: a, status: b, session: c, sequence: d, payload: hex(payload) },
        wire: hex(wire),
      };
    });
}
