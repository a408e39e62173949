/** `help sensors`, `help meters`: names that options take, printed from what there is; no page to look for. */
import { wrapped } from "../text.ts";
import { type Term, termLines } from "./help.ts";

export type Topic = (width: number) => Promise<string[]>;

export const TOPICS: Readonly<Record<string, Topic>> = { sensors, meters };

async function sensors(width: number): Promise<string[]> {
  const { sensorForms } = await import("../sensors/open.ts");
  const head =
    "Sensors, for --input of run and for record: KIND:WHICH?key=value&key=value. In a shell, " +
    "quotes keep ? and & whole. `twentywatt devices` lists what is here.";
  return [
    ...wrapped(head, width, 0),
    ...sensorForms().flatMap(({ form, what, keys }) => [
      "",
      ...wrapped(`  ${form}`, width, 4),
      ...wrapped(`      ${what}`, width, 6),
      ...keyLines(Object.entries(keys), width),
    ]),
    ...examples(width, [
      'twentywatt record "sim:ecg?seed=7" -o ecg.rec --seconds 2',
      'twentywatt run net:demo-int8 --input "sim:vibration?seed=2" --samples 4',
      "twentywatt devices",
    ]),
  ];
}

const METERS =
  "Meters, for --meter. None is ever chosen silently; `twentywatt devices` lists what is here and may be read.";

const MARKERS: readonly Term[] = [
  [
    "marker=D0",
    "a pin that the meter itself samples; D0+D1: the second one around input and output",
  ],
  [
    "marker=gpio:LINE",
    "edges on a line of this computer, with the kernel's times; gpio:LINE+LINE as D0+D1",
  ],
  ["marker=serial", "the board's own time of each step"],
  ["marker=clock", "this computer's clock around each step: the widest interval"],
];

async function meters(width: number): Promise<string[]> {
  const { CORE_CLASSES, meterForms } = await import("../power/index.ts");
  const classes = Object.entries(CORE_CLASSES).map(
    ([name, { title, lowWatts, highWatts }]): Term => [
      `estimate:${name}`,
      `${title}, ${lowWatts} … ${highWatts} W`,
    ],
  );
  return [
    ...wrapped(METERS, width, 0),
    "",
    ...termLines(
      meterForms().map(({ form, what }): Term => [form, what]),
      width,
    ),
    "",
    ...wrapped(
      "A key of all that read something: a window for each step of run and bench, cut by",
      width,
      0,
    ),
    "",
    ...termLines(MARKERS, width),
    "",
    ...wrapped(
      "Classes of the estimate; without one it takes that of the machine that does the work:",
      width,
      0,
    ),
    "",
    ...termLines(classes, width),
    ...examples(width, [
      "twentywatt bench net:demo-int8 --seconds 1 --meter estimate",
      "twentywatt devices",
    ]),
  ];
}

/** Below what they belong to. */
const keyLines = (keys: readonly (readonly [string, string])[], width: number): string[] =>
  termLines(
    keys.map(([key, what]): Term => [`    ${key}=`, what]),
    width,
  );

const examples = (width: number, lines: readonly string[]): string[] => [
  "",
  "Examples:",
  ...lines.flatMap((line) => wrapped(`  ${line}`, width, 4)),
];
