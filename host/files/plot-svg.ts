/** Panels of one picture, one above the other over a common axis of time, as SVG. Its size is bounded by plot-data.ts. */

import { at } from "../model/at.ts";
import { count, plural, significant } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";
import { COLUMNS, type Raster, type Trace } from "./plot-data.ts";

export type Panel =
  | { readonly kind: "raster"; readonly noun: "neuron" | "input"; readonly raster: Raster }
  | {
      readonly kind: "traces";
      readonly name: string;
      /** neurons of which these traces are a few */
      readonly n: number;
      readonly traces: readonly Trace[];
      readonly threshold: number | null;
    };

export type Facts = {
  readonly title: string;
  readonly dtSeconds: number;
  readonly firstStep: number;
  readonly steps: number;
  readonly notes: readonly string[];
};

const LEFT = 96;
const RIGHT = 24;
const WIDTH = 1024;
const HEAD = 56;
const FOOT = 44;
const GAP = 34;
const TRACE_HEIGHT = 120;
const COLOURS = ["#1f5fa8", "#b8471b", "#3a7d34"];

const STYLE = `text{font:12px system-ui,sans-serif;fill:#222}.t{font-size:15px;font-weight:600}.p{font-weight:600}
.n{fill:#666;font-size:11px}.e{text-anchor:end}.m{text-anchor:middle}.g{stroke:#ddd;stroke-width:1}
.a{stroke:#222;fill:none;stroke-width:1}.s{stroke:#222;fill:none}.l{fill:none;stroke-width:1.2;stroke-linejoin:round}
.d{stroke:#888;stroke-dasharray:5 4;stroke-width:1}`;

export function drawing(panels: readonly Panel[], facts: Facts): string {
  const time = timeAxis(facts);
  const parts: string[] = [];
  let top = HEAD;
  for (const panel of panels) {
    const height = heightOf(panel);
    parts.push(
      ...time.ticks.map(({ x }) => line("g", x, top, x, top + height)),
      ...(panel.kind === "raster"
        ? rasterPanel(panel, top, height, facts)
        : tracePanel(panel, top, height, facts)),
      `<path class="a" d="M${LEFT} ${top}v${height}h${WIDTH}"/>`,
    );
    top += height + GAP;
  }
  const end = top - GAP;
  const height = Math.max(end, HEAD) + FOOT + 14 * facts.notes.length;
  const width = LEFT + WIDTH + RIGHT;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(facts.title)}</title><style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text("t", LEFT, 24, facts.title),
    ...parts,
    ...time.ticks.map(({ x, label }) => text("m", x, end + 16, label)),
    text("m", LEFT + WIDTH / 2, end + 34, `time, ${time.unit}`),
    ...facts.notes.map((note, k) => text("n", LEFT, end + 50 + 14 * k, note)),
    "</svg>",
  ].join("\n")}\n`;
}

const heightOf = (panel: Panel): number =>
  panel.kind === "traces"
    ? TRACE_HEIGHT
    : Math.min(220, Math.max(28, 3 * panel.raster.shown.length));

const xOf = (step: number, { steps }: Facts): number => LEFT + (WIDTH * step) / Math.max(1, steps);

function rasterPanel(
  { noun, raster }: Extract<Panel, { kind: "raster" }>,
  top: number,
  height: number,
  facts: Facts,
): string[] {
  const rows = raster.shown.length;
  const pitch = height / rows;
  const columnPx = (WIDTH * raster.width) / Math.max(1, facts.steps);
  let path = "";
  for (let row = 0; row < rows; row++) {
    // neuron 0 at the bottom, as on any axis
    const y = short(top + height - (row + 0.5) * pitch);
    for (const [first, length] of raster.runs(row)) {
      const x = xOf(first * raster.width, facts);
      path += `M${short(x)} ${y}h${short(Math.max(1.5, length * columnPx))}`;
    }
  }
  const every = rows < raster.n ? `, ${count(rows)} of them shown, evenly chosen` : "";
  const wide = raster.width > 1 ? `; a mark spans ${count(raster.width)} steps` : "";
  const last = at(raster.shown, rows - 1);
  return [
    text("p", LEFT, top - 8, raster.name),
    text("n e", LEFT + WIDTH, top - 8, `spikes of ${plural(raster.n, noun)}${every}${wide}`),
    `<path class="s" stroke-width="${short(Math.max(1, Math.min(pitch * 0.8, 6)))}" d="${path}"/>`,
    text("e", LEFT - 8, top + height, "0"),
    ...(last > 0 ? [text("e", LEFT - 8, top + 10, count(last))] : []),
    upright(top + height / 2, noun),
  ];
}

function tracePanel(
  { name, n, traces, threshold }: Extract<Panel, { kind: "traces" }>,
  top: number,
  height: number,
  facts: Facts,
): string[] {
  const [low, high] = rangeOf(traces, threshold);
  const y = (value: number): number => top + height - (height * (value - low)) / (high - low);
  const ticks = ticksBetween(low, high, 4);
  const width = traces[0]?.width ?? 1;
  const wide = width > 1 ? `; lowest and highest of ${count(width)} steps` : "";
  const which = traces.map(({ neuron }, k) => tinted(k, count(neuron))).join(", ");
  const limit = threshold === null ? "" : `; dashed: threshold ${significant(threshold)}`;
  const shown = n === 1 ? "1 neuron" : `neurons ${which} of ${count(n)}`;
  return [
    text("p", LEFT, top - 8, name),
    markup("n e", LEFT + WIDTH, top - 8, `${shown}${wide}${limit}`),
    ...ticks.flatMap((value) => [
      line("g", LEFT, y(value), LEFT + WIDTH, y(value)),
      text("e", LEFT - 8, y(value) + 4, label(value)),
    ]),
    ...(threshold === null ? [] : [line("d", LEFT, y(threshold), LEFT + WIDTH, y(threshold))]),
    ...traces.map((trace, k) => {
      return `<path class="l" stroke="${colour(k)}" d="${courseOf(trace, y, facts)}"/>`;
    }),
    upright(top + height / 2, "model's unit"),
  ];
}

/** A line through every column; where a column holds several steps, down to its lowest and up to its highest. */
function courseOf(trace: Trace, y: (value: number) => number, facts: Facts): string {
  let path = "";
  for (let column = 0; column < Math.min(trace.used, COLUMNS); column++) {
    const [low, high] = trace.bounds(column);
    const x = short(xOf(column * trace.width, facts));
    path += `${column === 0 ? "M" : "L"}${x} ${short(y(low))}`;
    if (high !== low) path += `V${short(y(high))}`;
  }
  return path;
}

function rangeOf(
  traces: readonly Trace[],
  threshold: number | null,
): readonly [low: number, high: number] {
  let [low, high] = [threshold ?? Number.POSITIVE_INFINITY, threshold ?? Number.NEGATIVE_INFINITY];
  for (const trace of traces) {
    for (let column = 0; column < Math.min(trace.used, COLUMNS); column++) {
      const [least, most] = trace.bounds(column);
      low = Math.min(low, least);
      high = Math.max(high, most);
    }
  }
  if (!(low <= high)) return [0, 1];
  const margin = (high - low) * 0.06 || Math.max(1e-9, Math.abs(high) * 0.1, 0.5);
  return [low - margin, high + margin];
}

function timeAxis(facts: Facts) {
  const { dtSeconds, firstStep, steps } = facts;
  const seconds = steps * dtSeconds >= 2;
  const perStep = seconds ? dtSeconds : secondsToMilliseconds(dtSeconds);
  const start = firstStep * perStep;
  const end = (firstStep + Math.max(1, steps)) * perStep;
  return {
    unit: seconds ? "s" : "ms",
    ticks: ticksBetween(start, end, 10).map((value) => ({
      x: LEFT + (WIDTH * (value - start)) / (end - start),
      label: label(value),
    })),
  };
}

/** Round values, about `wanted` of them. */
export function ticksBetween(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / wanted;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push(k * step);
  }
  return ticks;
}

/** Without the noise of binary fractions: 0.30000000000000004 is 0.3. */
const label = (value: number): string => String(Number(value.toPrecision(6)));

const short = (x: number): string => String(Number(x.toFixed(1)));

const line = (kind: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${kind}" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;

const text = (kind: string, x: number, y: number, content: string): string =>
  markup(kind, x, y, escaped(content));

const markup = (kind: string, x: number, y: number, content: string): string =>
  `<text class="${kind}" x="${short(x)}" y="${short(y)}">${content}</text>`;

const colour = (trace: number): string => at(COLOURS, trace % COLOURS.length);

/** In the colour of its trace. */
const tinted = (trace: number, content: string): string =>
  `<tspan style="fill:${colour(trace)};font-weight:600">${content}</tspan>`;

const upright = (y: number, content: string): string =>
  `<text class="m n" transform="translate(20 ${short(y)}) rotate(-90)">${escaped(content)}</text>`;

/** Node names come from files: neither markup nor what XML 1.0 forbids may pass. */
const escaped = (content: string): string =>
  content
    .slice(0, 200)
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
