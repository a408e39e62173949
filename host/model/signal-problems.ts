/** What keeps a front end from being built: nodes in an order, values in their ranges, sizes that go together. */
import { type Problem, problem } from "../errors.ts";
import {
  type Front,
  framesOf,
  nodeOf,
  type SignalKind,
  type SignalNode,
  type SignalOf,
} from "./signal-graph.ts";

/** Where each node may stand: later than all with smaller numbers. Two nodes of one number exclude each other. */
const PLACE: Readonly<Record<SignalKind, number>> = {
  ...{ Channel: 0, Decimate: 1, Envelope: 2, Preemphasis: 3, Window: 4 },
  ...{ Spectrum: 5, Demodulate: 6, MelLog: 7, Log: 7, Dct: 8, Normalise: 9, Encode: 10 },
  ...{ MicroWindow: 11, MicroSpectrum: 12, MicroBank: 13, NoiseReduction: 14, GainControl: 15 },
  MicroLog: 16,
};
const ORDER =
  "Channel, Decimate, Envelope, Preemphasis, Window, Spectrum, Demodulate, MelLog or Log, Dct, Normalise, Encode";
const NEEDED = ["Window", "Spectrum"] as const;

const MOST = { rate: 1e6, channels: 64, hop: 65_536, window: 1024 } as const;

const REMEDY = "Change the front end; host/front/README.md lists the nodes and their ranges.";

type Rule = readonly [what: string, got: unknown, holds: boolean, expected: string];

const whole = (x: number, low: number, high: number): boolean =>
  Number.isInteger(x) && x >= low && x <= high;

/** Everything that keeps a front end from being built, all at once. */
export function signalProblems(front: Front): Problem[] {
  const problems = [...rulesOf(front), ...orderRules(front)].flatMap(
    ([what, got, holds, expected]) =>
      holds
        ? []
        : [problem("MODEL_RANGE", `front end ${front.name}: ${what}`, `${got}`, expected, REMEDY)],
  );
  return problems.length > 0 ? problems : frameProblems(front);
}

function rulesOf({ sampleRateHz, scale, channels, hop, start, nodes }: Front): Rule[] {
  return [
    [
      "sampleRateHz",
      sampleRateHz,
      sampleRateHz > 0 && sampleRateHz <= MOST.rate,
      "above 0, to 1e6",
    ],
    ["scale", scale, scale > 0 && Number.isFinite(scale), "a number above 0"],
    ["channels", channels, whole(channels, 1, MOST.channels), `1 to ${MOST.channels}`],
    ["hop", hop, whole(hop, 1, MOST.hop), `1 to ${MOST.hop} samples`],
    ["start", start, start === null || whole(start, -128, 127), "an int8"],
    ...nodes.flatMap((node) => nodeRules(node, channels)),
  ];
}

function nodeRules(node: SignalNode, channels: number): Rule[] {
  const rule = (name: string, got: unknown, holds: boolean, expected: string): Rule => [
    ...([`${node.kind} ${name}`, got, holds, expected] as const),
  ];
  switch (node.kind) {
    case "Channel":
      return [
        rule("index", node.index, whole(node.index, 0, channels - 1), `0 to ${channels - 1}`),
      ];
    case "Decimate":
      return [rule("factor", node.factor, whole(node.factor, 1, 4096), "1 to 4096")];
    case "Envelope":
      return [rule("shift", node.shift, whole(node.shift, 1, 15), "1 to 15")];
    case "Preemphasis": {
      const { coefficient: c } = node;
      return [rule("coefficient", c, Math.abs(c) < 1 - 2 ** -15, "between −1 and 1")];
    }
    case "Window":
      return [rule("length", node.length, whole(node.length, 2, MOST.window), "2 to 1024")];
    case "Spectrum":
      return [
        rule("size", node.size, [64, 128, 256, 512, 1024].includes(node.size), "64, 128 … 1024"),
        rule("divisor", node.divisor, node.divisor > 0 && node.divisor < 1e30, "a number above 0"),
      ];
    case "Demodulate":
      return [rule("lines", node.lines, [64, 128, 256].includes(node.lines), "64, 128 or 256")];
    case "MelLog":
    case "Log": {
      const floor = rule("floor", node.floor, node.floor > 1e-300 && node.floor < 1e30, "above 0");
      if (node.kind === "Log") return [floor];
      return [rule("bands", node.bands, whole(node.bands, 1, 128), "1 to 128"), floor];
    }
    case "Dct":
      return [
        rule("coefficients", node.coefficients, whole(node.coefficients, 1, 128), "1 to 128"),
      ];
    case "Normalise":
      return [
        rule("shift", node.shift, whole(node.shift, 1, 15), "1 to 15"),
        rule("low", node.low, node.low < node.high, `below high, ${node.high}`),
        rule("factor", node.factor, node.factor > 0 && node.factor < 1e9, "a number above 0"),
      ];
    case "MicroWindow":
    case "MicroSpectrum":
    case "MicroBank":
    case "NoiseReduction":
    case "GainControl":
    case "MicroLog":
      return microRules(node).map(([name, got, holds, expected]) =>
        rule(name, got, holds, expected),
      );
    case "Encode": {
      const { code, gain, scale, threshold } = node;
      const scaled = rule("scale", scale, scale > 0 && scale < 1e9, "a number above 0");
      const own =
        code === "rate"
          ? rule("gain", gain, gain > 0 && gain < 1e9, "a number above 0, in Hz per unit")
          : rule("threshold", threshold, threshold >= scale, `at least the scale, ${scale}`);
      const most = 256 * scale;
      const far = Math.abs(threshold) <= most;
      return [
        scaled,
        own,
        rule("threshold", threshold, far, `within ± ${most}, 256 times the scale`),
      ];
    }
  }
}

function orderRules({ channels, nodes }: Front): Rule[] {
  const kinds = nodes.map(({ kind }) => kind);
  if (kinds.some((kind) => MICRO.includes(kind))) {
    const own = kinds.filter((kind) => kind !== "Channel");
    const holds = own.join() === MICRO.join() && (kinds[0] === "Channel") === channels > 1;
    const expected = `${channels > 1 ? "Channel, " : ""}${MICRO.join(", ")}, and nothing else`;
    return [["nodes", kinds.join(", "), holds, expected]];
  }
  const ordered = nodes.every(({ kind }, k) => {
    const before = nodes[k - 1];
    return before === undefined || PLACE[before.kind] < PLACE[kind];
  });
  const logarithm = kinds.includes("MelLog") || kinds.includes("Log");
  return [
    ["nodes", kinds.join(", ") || "none", ordered, `each at most once, in this order: ${ORDER}`],
    ...NEEDED.map((kind): Rule => ["nodes", `no ${kind}`, kinds.includes(kind), `a ${kind}`]),
    ["nodes", "no MelLog and no Log", logarithm, "one of both"],
    ["nodes", "no Channel", channels === 1 || kinds.includes("Channel"), "which of the channels"],
  ];
}

/** What only shows once all sizes are whole. */
function frameProblems(front: Front): Problem[] {
  const rules: Rule[] = [];
  const micro = nodeOf(front, "MicroWindow");
  if (micro) return microProblems(front, micro.step);
  const factor = nodeOf(front, "Decimate")?.factor ?? 1;
  if (front.hop % factor !== 0) {
    const expected = `a whole multiple of the factor of Decimate, ${factor}`;
    rules.push(["hop", front.hop, false, expected]);
  } else {
    const { sampleRateHz, hop, window, size } = framesOf(front);
    const [mel, lines, dct] = [nodeOf(front, "MelLog"), nodeOf(front, "Log"), nodeOf(front, "Dct")];
    rules.push(["hop", hop, hop <= window, `at most the window, ${window} samples`]);
    rules.push(["Window length", window, window <= size, `at most the spectrum's, ${size}`]);
    if (mel) {
      const half = sampleRateHz / 2;
      const holds = mel.lowHz >= 0 && mel.lowHz < mel.highHz && mel.highHz <= half;
      const got = `${mel.lowHz} to ${mel.highHz} Hz`;
      rules.push(["MelLog", got, holds, `rising, within 0 to ${half} Hz`]);
    }
    if (lines) {
      const last = lines.first + lines.lines - 1;
      const holds = whole(lines.first, 0, size / 2) && whole(lines.lines, 1, size / 2 + 1);
      const got = `lines ${lines.first} to ${last}`;
      rules.push(["Log", got, holds && last <= size / 2, `within 0 to ${size / 2}`]);
    }
    const band = nodeOf(front, "Demodulate");
    if (band) {
      const got = `lines ${band.first} to ${band.first + band.lines - 1}`;
      const inside = whole(band.first, 0, size / 2) && band.first + band.lines <= size / 2;
      rules.push(["Demodulate", got, inside, `within 0 to ${size / 2 - 1}`]);
      const last = lines ? lines.first + lines.lines - 1 : -1;
      const most = band.lines / 2;
      const holds = lines !== undefined && last <= most && dct === undefined;
      const found = `${mel ? "MelLog" : `Log to line ${last}`}${dct ? " and Dct" : ""}`;
      rules.push(["behind Demodulate", found, holds, `Log to at most line ${most}, and no Dct`]);
    }
    const all = mel?.bands ?? lines?.lines ?? 0;
    if (dct) rules.push(["Dct", dct.coefficients, dct.coefficients <= all, `at most ${all}`]);
  }
  return rules.flatMap(([what, got, holds, expected]) =>
    holds
      ? []
      : [problem("MODEL_SHAPE", `front end ${front.name}: ${what}`, `${got}`, expected, REMEDY)],
  );
}

/** Those of TensorFlow's audio front end, which stand together. */
const MICRO: readonly SignalKind[] = [
  ...(["MicroWindow", "MicroSpectrum", "MicroBank"] as const),
  ...(["NoiseReduction", "GainControl", "MicroLog"] as const),
];

type MicroKind =
  | "MicroWindow"
  | "MicroSpectrum"
  | "MicroBank"
  | "NoiseReduction"
  | "GainControl"
  | "MicroLog";

function microRules(node: SignalOf<MicroKind>): Rule[] {
  const share = (x: number) => x >= 0 && x <= 1;
  switch (node.kind) {
    case "MicroWindow": {
      const even = whole(node.length, 2, 512) && node.length % 2 === 0;
      return [
        ["length", node.length, even, "even, 2 to 512"],
        ["step", node.step, whole(node.step, 1, node.length), `1 to ${node.length} samples`],
      ];
    }
    case "MicroSpectrum":
      return [["size", node.size, node.size === 512, "512"]];
    case "MicroBank":
      return [["bands", node.bands, whole(node.bands, 1, 64), "1 to 64"]];
    case "NoiseReduction":
      return (["even", "odd", "least"] as const).map((name) => {
        return [name, node[name], share(node[name]), "0 to 1"];
      });
    case "GainControl":
      return [
        ["strength", node.strength, share(node.strength), "0 to 1"],
        ["offset", node.offset, node.offset > 0 && node.offset < 1e6, "above 0, below 1e6"],
        ["gainBits", node.gainBits, whole(node.gainBits, 15, 31), "15 to 31"],
      ];
    case "MicroLog":
      return [];
  }
}

function microProblems(front: Front, step: number): Problem[] {
  const bank = nodeOf(front, "MicroBank");
  const half = front.sampleRateHz / 2;
  const hz = half / 256;
  const rows = front.hop / step;
  const rules: Rule[] = [
    ["hop", front.hop, whole(rows, 1, 16), `1 to 16 times the step of MicroWindow, ${step}`],
    [
      "MicroBank",
      `${bank?.lowHz} to ${bank?.highHz} Hz`,
      bank !== undefined && bank.lowHz >= hz && bank.lowHz < bank.highHz && bank.highHz <= half,
      `rising, within ${hz} to ${half} Hz`,
    ],
  ];
  return rules.flatMap(([what, got, holds, expected]) =>
    holds
      ? []
      : [problem("MODEL_SHAPE", `front end ${front.name}: ${what}`, `${got}`, expected, REMEDY)],
  );
}
