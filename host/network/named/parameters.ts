/** Parameters of a network's name, `net:NAME?key=value&…`: their defaults, their ranges, and USAGE for all others. */
import { type Problem, problem, TwentyWattError } from "../../errors.ts";
import type { SpikingGraph } from "../../model/spiking-graph.ts";

export type Parameter =
  | {
      readonly kind: "number" | "whole";
      readonly byDefault: number;
      readonly min: number;
      readonly max: number;
      readonly meaning: string;
    }
  | {
      readonly kind: "choice";
      readonly byDefault: string;
      readonly choices: readonly string[];
      readonly meaning: string;
    };

type Parameters = Readonly<Record<string, Parameter>>;

/** The values a network is built from: one for every parameter. */
type Given<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends { readonly kind: "choice" } ? string : number;
};

export type NamedNetwork = {
  readonly parameters: Parameters;
  /** @param text the whole name, as given: names the network in messages and manifests */
  readonly build: (text: string, given: ReadonlyMap<string, string>) => SpikingGraph;
};

export const real = (byDefault: number, min: number, max: number, meaning: string) =>
  ({ kind: "number", byDefault, min, max, meaning }) as const;

export const whole = (byDefault: number, min: number, max: number, meaning: string) =>
  ({ kind: "whole", byDefault, min, max, meaning }) as const;

export const choice = (byDefault: string, choices: readonly string[], meaning: string) =>
  ({ kind: "choice", byDefault, choices, meaning }) as const;

/** Every spiking network has these. */
export const dt = real(1e-4, 1e-6, 1e-2, "time step, s");
export const seed = whole(1, 0, 2 ** 32 - 1, "of all random numbers");

/**
 * @param build what it raises with refuse() is about two parameters that do not fit each other
 */
export function named<P extends Parameters>(
  parameters: P,
  build: (text: string, given: Given<P>, refuse: Refuse) => SpikingGraph,
): NamedNetwork {
  return {
    parameters,
    build: (text, given) => {
      const problems: Problem[] = [];
      for (const key of given.keys()) {
        if (!Object.hasOwn(parameters, key)) {
          problems.push(problem("USAGE", text, `parameter ${key}`, known(parameters), CHANGE));
        }
      }
      const read = Object.entries(parameters).map(([key, parameter]) => {
        const written = given.get(key);
        const value = written === undefined ? parameter.byDefault : parse(parameter, written);
        if (value === null) {
          const expected = `${key} as ${expectation(parameter)} (${parameter.meaning})`;
          problems.push(problem("USAGE", text, `${key}=${written}`, expected, CHANGE));
        }
        return [key, value ?? parameter.byDefault] as const;
      });
      if (problems.length > 0) throw new TwentyWattError(problems);
      const refuse: Refuse = (got, expected) => {
        throw new TwentyWattError(problem("USAGE", text, got, expected, CHANGE));
      };
      return build(text, Object.fromEntries(read) as Given<P>, refuse);
    },
  };
}

export type Refuse = (got: string, expected: string) => never;

const CHANGE = "Change the network's name.";

const known = (parameters: Parameters): string => `${Object.keys(parameters).join(", ")}`;

function parse(parameter: Parameter, text: string): number | string | null {
  if (parameter.kind === "choice") return parameter.choices.includes(text) ? text : null;
  // Number() alone reads an empty text as 0, and accepts 0x10
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  const form = parameter.kind === "whole" ? Number.isInteger(value) : Number.isFinite(value);
  return form && value >= parameter.min && value <= parameter.max ? value : null;
}

function expectation(parameter: Parameter): string {
  if (parameter.kind === "choice") return `one of ${parameter.choices.join(", ")}`;
  const form = parameter.kind === "whole" ? "a whole number" : "a number";
  return `${form} from ${parameter.min} to ${parameter.max}`;
}
