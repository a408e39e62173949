/** What the benchmark reports: the fields of `bench --json`, with the peer and the ratio, and the same as a table. */

import { isRelaxed } from "../../host/module/relaxed.ts";
import type { Latency } from "../../host/run/latency.ts";
import { FLAVOUR, PLAIN_FLAVOUR } from "./module.ts";
import type { KindRate } from "./operator-kinds.ts";
import { TFLITE_WASM } from "./tflite-wasm.ts";

export type Machine = { readonly cpu: string; readonly arch: string; readonly node: string };

export type Result = Latency & {
  readonly model: string;
  readonly target: "local";
  readonly build: "simd";
  readonly flavour: string;
  readonly macsPerSecond: number;
  readonly overheadP50Us: number;
  readonly moduleBytes: number;
  readonly compileCpuMs: number;
  readonly energy: null;
  readonly energyMissing: { readonly reason: string; readonly remedy: string };
  readonly peer: ({ readonly name: string } & Latency) | null;
  /** our minimum over the peer's */
  readonly ratio: number | null;
  readonly ratioTarget: number;
  /** the native peer in its fastest form; null where it is not installed, or takes none */
  readonly native:
    | ({ readonly name: string; readonly form: string; readonly ratio: number } & Latency)
    | null;
  readonly nativeAim: number | null;
  readonly kinds: readonly KindRate[];
};

export function table(results: readonly Result[], machine: Machine): string {
  const giga = (perSecond: number) => (perSecond / 1e9).toFixed(1);
  const rows = results.map((r) => [
    r.model,
    r.minUs.toFixed(1),
    r.p50Us.toFixed(1),
    giga(r.macsPerSecond),
    r.peer?.minUs.toFixed(1) ?? "-",
    r.ratio?.toFixed(3) ?? "-",
    `≤ ${r.ratioTarget}`,
    r.ratio === null ? "" : r.ratio <= r.ratioTarget ? "met" : "MISSED",
    r.overheadP50Us.toFixed(2),
    `${r.moduleBytes}`,
    (r.compileCpuMs / 1000).toFixed(1),
  ]);
  const kinds = results.flatMap((r) => {
    const pointwise = r.kinds.find(({ kind }) => kind === "pointwise");
    return r.kinds.map((k) => [
      r.model,
      k.kind,
      `${k.layers}`,
      k.minUs.toFixed(1),
      giga(k.macsPerSecond),
      pointwise ? (k.macsPerSecond / pointwise.macsPerSecond).toFixed(2) : "",
      k.overPlain?.toFixed(2) ?? "-",
    ]);
  });
  const natives = results.map((r) => [
    r.model,
    r.minUs.toFixed(1),
    r.native?.minUs.toFixed(1) ?? "-",
    r.native?.form ?? "-",
    r.native?.ratio.toFixed(2) ?? "-",
    r.nativeAim === null ? "-" : `${r.nativeAim}`,
  ]);
  const native = results.find((r) => r.native !== null)?.native?.name;
  return [
    `${machine.cpu}, ${machine.arch}, Node ${machine.node}, one thread; peer: ${TFLITE_WASM}`,
    isRelaxed(FLAVOUR)
      ? `flavour ${FLAVOUR}, which this engine computes exactly`
      : `flavour ${FLAVOUR}: this engine computes no relaxed products exactly, so there are none to time`,
    "copy in + inference + copy out, µs; overhead: the host's share of the median",
    "",
    // biome-ignore format: a heading
    ...columns([["model", "min", "p50", "GMAC/s", "peer min", "ratio", "target", "", "overhead", "bytes", "compile s"], ...rows]),
    "",
    native
      ? `beside ${native}: the fastest of its forms, without copies in and out; aims are for relaxed products`
      : "no native peer: `npm install` in tests/bench, online, brings onnxruntime-node",
    "",
    ...columns([["model", "min", "native min", "form", "ratio", "aim"], ...natives]),
    "",
    "layers as modules of their own, step() alone: µs, and rate over that of the pointwise layers",
    "",
    ...columns([
      ["model", "kind", "layers", "min", "GMAC/s", "over pointwise", `over ${PLAIN_FLAVOUR}`],
      ...kinds,
    ]),
    "",
  ].join("\n");
}

/** Columns aligned right, the first left. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) =>
    Math.max(...rows.map((row) => (row[c] ?? "").length)),
  );
  return rows.map((row) =>
    row
      .map((cell, c) => (c < 1 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
      .join("  "),
  );
}
