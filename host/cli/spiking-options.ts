/** Options that mean nothing to a network that runs in steps, and the line that says how its equations became steps. */
import { fail } from "../errors.ts";
import type { Manifest } from "../module/manifest.ts";
import type { Saturated } from "../run/saturated.ts";
import type { QuantisationReport } from "../spiking/fixed-network.ts";
import { count, plural, significant } from "../text.ts";
import { secondsToMilliseconds } from "../units.ts";
import type { ModelOptions } from "./options.ts";
import type { Session } from "./result.ts";
import type { RunOptions } from "./run.ts";

/** Warns of what has no effect. */
export function warnOfLayeredOptions(options: ModelOptions, { warn }: Session): void {
  const given = [
    options.rounding !== undefined && "--rounding",
    options.flavour !== undefined && "--flavour",
    options.keepLayers && "--keep-layers",
  ].filter((flag) => flag !== false && flag !== undefined);
  if (given.length > 0) warn(`${given.join(", ")}: no effect on a spiking network`);
}

/** Warns, projection by projection, of weights that are too small for their numbers. */
export function warnOfLostWeights(
  quantisation: QuantisationReport | null,
  { warn }: Pick<Session, "warn">,
): void {
  const all = new Map<string, { weights: number; lost: number }>();
  for (const { projection, weights, roundToZero } of quantisation?.projections ?? []) {
    const before = all.get(projection) ?? { weights: 0, lost: 0 };
    all.set(projection, {
      weights: before.weights + weights,
      lost: before.lost + roundToZero,
    });
  }
  const remedy = quantisation?.weights === "i8" ? "; --weights i16 keeps smaller ones" : "";
  for (const [projection, { weights, lost }] of all) {
    if (lost === 0) continue;
    const share = `${count(lost)} of ${plural(weights, "weight")}`;
    warn(`projection ${projection}: ${share} round to 0 beside the largest${remedy}`);
  }
}

/** Warns that potentials, currents or counts were held, a line for each node with its own number. */
export function warnOfSaturations(
  saturated: readonly Saturated[],
  quantisation: QuantisationReport | null,
  { warn }: Pick<Session, "warn">,
): void {
  for (const { node, saturations } of saturated) {
    const own = quantisation?.populations.find(({ name }) => name === node);
    const held = own
      ? `${own.name} is held within ±${significant(own.headroom)} times its largest parameter`
      : `${node ?? "a membrane"} left the range of its numbers`;
    warn(`${plural(saturations, "saturation")}: ${held}`);
  }
}

/** Populations that no proof keeps within their range; null where the module alone is at hand. */
export const ableToSaturate = (quantisation: QuantisationReport | null): string[] | null =>
  quantisation?.populations.flatMap((p) => (p.neverSaturates ? [] : [p.name])) ?? null;

/** Raises USAGE. */
export function refuseLayeredRun({ dumpLayers, samples }: RunOptions): void {
  if (dumpLayers !== undefined) {
    const remedy = "Record its nodes with --record NODE.spikes=FILE.";
    fail("USAGE", "--dump-layers", "a spiking network", "a layered network", remedy);
  }
  if (samples !== undefined && samples !== 1) {
    const remedy = "Say with --steps how long it runs; a run is one sample.";
    fail("USAGE", "--samples", String(samples), "1: a spiking network runs in steps", remedy);
  }
}

/** What a manifest says of time, for documents. */
export type SemanticsFacts = {
  readonly dtSeconds: number;
  /** of a network behind a front end: its time steps in one of the module's */
  readonly stepsPerHop?: number;
  readonly timeUnit: string;
  readonly discretisation: string;
  readonly reset: string;
  readonly weights: string;
  readonly inputKind: string;
  readonly refractory?: string;
  readonly assumptions: readonly string[];
};

export function semanticsOf({ options, dtSeconds }: Manifest): SemanticsFacts {
  const said = (key: string): string => String(options[key] ?? "unknown");
  const assumptions = said("assumptions");
  const hop = Number(options.stepsPerHop ?? 1);
  return {
    // a hop divided by its steps would be 0.0009999999999999998
    dtSeconds: typeof options.dt === "number" ? options.dt : (dtSeconds ?? 0) / hop,
    ...(options.stepsPerHop === undefined ? {} : { stepsPerHop: hop }),
    timeUnit: said("timeUnit"),
    discretisation: said("discretisation"),
    reset: said("reset"),
    weights: said("weights"),
    inputKind: said("inputKind"),
    ...(options.refractory === undefined ? {} : { refractory: said("refractory") }),
    assumptions: assumptions === "" || assumptions === "unknown" ? [] : [assumptions],
  };
}

/** "dt 0.1 ms, norse, reset to zero, i16 weights" */
export const semanticsText = (facts: SemanticsFacts): string =>
  [
    `dt ${significant(secondsToMilliseconds(facts.dtSeconds))} ms`,
    ...(facts.stepsPerHop === undefined ? [] : [`${facts.stepsPerHop} steps a hop`]),
    facts.discretisation,
    facts.reset === "zero" ? "reset to v_reset" : "reset by subtraction",
    `${facts.weights} weights`,
    ...(facts.refractory === "with-spike" ? ["refractory with the spike's step"] : []),
    ...(facts.inputKind === "values" ? ["values in"] : []),
  ].join(", ");
