/** The sizes as a picture: time of a step and memory against neurons, both axes logarithmic. */
import { DEGREES, type SizeResult } from "./sizes.ts";

const [PANEL, HEIGHT, LEFT, TOP, GAP] = [380, 320, 76, 64, 96];
const WIDTH = LEFT + 2 * PANEL + GAP + 32;
const COLOURS = ["#1f5fa8", "#b8471b"];
const STYLE = `text{font:12px system-ui,sans-serif;fill:#222}.t{font-size:15px;font-weight:600}.p{font-weight:600}
.n{fill:#666;font-size:11px}.e{text-anchor:end}.m{text-anchor:middle}.g{stroke:#ddd}.a{stroke:#222;fill:none}
.l{fill:none;stroke-width:1.6}`;

type Measured = NonNullable<SizeResult["measured"]>;
type Axis = { readonly from: number; readonly to: number };

/** @param machine what the figures were taken on */
export function sizesSvg(results: readonly SizeResult[], machine: string): string {
  const refused = results.flatMap((r) =>
    r.refused
      ? [`${r.neurons.toLocaleString("en")} neurons × ${r.synapsesPerNeuron}: ${r.refused.code}`]
      : [],
  );
  const notes = [machine, ...(refused.length > 0 ? [`does not fit: ${refused.join("; ")}`] : [])];
  const height = TOP + HEIGHT + 56 + 15 * notes.length;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>Cost and memory against size</title><style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text("t", LEFT, 24, "CUBA network, SIMD build: cost and memory against size"),
    ...panel(LEFT, "time of a step, µs", results, ({ minUs }) => minUs),
    ...panel(LEFT + PANEL + GAP, "memory, MB", results, ({ memoryBytes }) => memoryBytes / 1e6),
    ...notes.map((note, k) => text("n", LEFT, TOP + HEIGHT + 58 + 15 * k, note)),
    "</svg>",
  ].join("\n")}\n`;
}

function panel(
  left: number,
  title: string,
  results: readonly SizeResult[],
  value: (measured: Measured) => number,
): string[] {
  const fitting = results.flatMap(({ neurons, synapsesPerNeuron, measured }) =>
    measured ? [{ neurons, synapsesPerNeuron, y: value(measured) }] : [],
  );
  const across = decades(fitting.map(({ neurons }) => neurons));
  const up = decades(fitting.map(({ y }) => y));
  const x = (n: number) => left + PANEL * share(n, across);
  const y = (v: number) => TOP + HEIGHT * (1 - share(v, up));
  const lines = DEGREES.flatMap((degree, k) => {
    const points = fitting.filter(({ synapsesPerNeuron }) => synapsesPerNeuron === degree);
    const last = points.at(-1);
    if (!last) return [];
    const at = points.map((p) => `${short(x(p.neurons))} ${short(y(p.y))}`);
    return [
      `<path class="l" stroke="${COLOURS[k]}" d="M${at.join("L")}"/>`,
      ...points.map(
        (p) =>
          `<circle cx="${short(x(p.neurons))}" cy="${short(y(p.y))}" r="3" fill="${COLOURS[k]}"/>`,
      ),
      `<g style="fill:${COLOURS[k]}">${text("e", x(last.neurons) - 10, y(last.y) - 4, `${degree} synapses each`)}</g>`,
    ];
  });
  return [
    text("p", left, TOP - 12, title),
    ...powers(across).flatMap((power) => [
      line(x(10 ** power), TOP, x(10 ** power), TOP + HEIGHT),
      text("m", x(10 ** power), TOP + HEIGHT + 18, label(power)),
    ]),
    ...powers(up).flatMap((power) => [
      line(left, y(10 ** power), left + PANEL, y(10 ** power)),
      text("e", left - 8, y(10 ** power) + 4, label(power)),
    ]),
    `<path class="a" d="M${left} ${TOP}v${HEIGHT}h${PANEL}"/>`,
    text("m", left + PANEL / 2, TOP + HEIGHT + 36, "neurons"),
    ...lines,
  ];
}

/** Whole powers of ten around all values. */
function decades(values: readonly number[]): Axis {
  if (values.length === 0) return { from: 0, to: 1 };
  const from = Math.floor(Math.log10(Math.min(...values)));
  return { from, to: Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

const share = (value: number, { from, to }: Axis): number =>
  (Math.log10(value) - from) / (to - from);

const powers = ({ from, to }: Axis): number[] =>
  Array.from({ length: to - from + 1 }, (_, k) => from + k);

const label = (power: number): string => (10 ** power).toLocaleString("en");

const short = (x: number): string => String(Number(x.toFixed(1)));

const line = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="g" x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"/>`;

const text = (kind: string, x: number, y: number, content: string): string =>
  `<text class="${kind}" x="${short(x)}" y="${short(y)}">${content.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)}</text>`;
