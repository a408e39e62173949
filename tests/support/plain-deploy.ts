/** Puts a module on a board request by request, without the host's checks: also one that no check would let pass. */
import { crc32 } from "node:zlib";
import type { Link } from "../../host/runtime/link.ts";
import {
  encodeSlotInfo,
  type ModelInfo,
  parseModel,
  payloadOf,
  type SlotInfo,
} from "../../host/runtime/requests.ts";

const CHUNK = 768;

/** Of a module that stands for no task, unless told otherwise. */
export const slotInfo = (wasm: Uint8Array, info: Partial<SlotInfo> = {}): SlotInfo => ({
  ...{ length: wasm.length, crc: crc32(wasm), energy: false, task: "none", conversion: "none" },
  ...{ inputScale: 1, inputZero: 0, outputScale: 1, outputZero: 0, stepLimitMs: 60_000, ...info },
});

/** Ends before TRY. */
export async function announce(
  link: Link,
  wasm: Uint8Array,
  info: Partial<SlotInfo> = {},
): Promise<void> {
  await link.request("BEGIN", encodeSlotInfo(slotInfo(wasm, info)), PATIENCE_MS);
  for (let at = 0; at < wasm.length; at += CHUNK) {
    await link.request("DATA", payloadOf([[4, at]], wasm.subarray(at, at + CHUNK)), PATIENCE_MS);
  }
}

export async function plainDeploy(
  link: Link,
  wasm: Uint8Array,
  info: Partial<SlotInfo> = {},
): Promise<ModelInfo> {
  await announce(link, wasm, info);
  const model = parseModel(await link.request("TRY", undefined, PATIENCE_MS));
  await link.request("ACTIVATE", undefined, PATIENCE_MS);
  return model;
}

/** Emulators share their processor. */
export const PATIENCE_MS = 120_000;
