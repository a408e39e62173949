/** What `inspect` prints of every network: memory to the byte, the module, the boards. */

import type { Memory, ModuleFacts } from "../boards/facts.ts";
import type { BoardFit } from "../boards/fits.ts";
import type { Manifest, ManifestTensor } from "../module/manifest.ts";
import { count, labelled, plural, shapeText, significant, table } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";

/** These lines add up to mem_used. */
function memoryLines(memory: Memory): string[] {
  const { activationPeakNode, memUsedBytes, pages } = memory;
  const peak = activationPeakNode ? `at ${activationPeakNode}` : "";
  const rows = [
    ["input", count(memory.inputBytes), "preserved by step()"],
    ["output", count(memory.outputBytes), ""],
    ["state", count(memory.stateBytes), ""],
    ["activations", count(memory.activationPeakBytes), peak],
    ["scratch", count(memory.scratchBytes), "working memory, counters, alignment"],
    ["constants", count(memory.constantBytes), "weights, biases, multipliers, tables"],
    ["mem_used", count(memUsedBytes), `${plural(pages, "page")} of 64 KiB`],
  ];
  return ["memory, bytes", ...table(rows, ["left", "right", "left"]).map((line) => `  ${line}`)];
}

/** Of a document. */
export const moduleDocument = ({ bytes, codeBytes, sha256 }: ModuleFacts) => ({
  bytes,
  codeBytes,
  sha256,
});

/** An input behind a front end. */
export function samplesText(tensor: ManifestTensor, rateHz: number): string {
  const { name, shape, scale, unit, hop = 1 } = tensor;
  const step = `${significant(secondsToMilliseconds(hop / rateHz))} ms a step`;
  return `${name} ${shapeText(shape)} int16, scale ${scale}${unit ? ` ${unit}` : ""}, ${rateHz} Hz, ${step}`;
}

/** How every inspection begins. */
export const sourceLines = ({ name, format, sha256 }: Manifest["source"]): string[] =>
  labelled("model", [`${name} (${format})`, `SHA-256 ${sha256}`]);

/** How every inspection ends. */
export const costLines = (
  memory: Memory,
  module: ModuleFacts,
  boards: readonly BoardFit[],
): string[] => [
  ...memoryLines(memory),
  "",
  ...labelled("module", moduleLines(module)),
  ...(module.kernels.length > 0 ? labelled("kernels", [module.kernels.join(",")]) : []),
  "",
  ...boardLines(boards),
];

const moduleLines = (module: ModuleFacts): string[] => [
  `${count(module.bytes)} bytes, code ${count(module.codeBytes)}, ${module.build} build`,
  `SHA-256 ${module.sha256}`,
];

function boardLines(boards: readonly BoardFit[]): string[] {
  const rows = boards.map(({ name, fits, flashBytes, ramBytes, reason }) => [
    name,
    fits ? "fits" : "no",
    count(flashBytes),
    count(ramBytes),
    reason,
  ]);
  const head = ["board", "fits", "flash", "RAM", "why, in bytes"];
  return table([head, ...rows], ["left", "left", "right", "right", "left"]);
}
