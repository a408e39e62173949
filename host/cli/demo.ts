/** `demo`: the demonstration of host/demo with the compiler, the local target and the estimate it asks for by name. */
import type { Command } from "commander";
import type { EventEnergy, Report, Standing } from "../demo/index.ts";
import { TwentyWattError } from "../errors.ts";
import type { Graph } from "../model/graph.ts";
import type { Meter } from "../power/index.ts";
import { percentile } from "../run/latency.ts";
import { nanosecondsToSeconds, secondsToMilliseconds } from "../units.ts";
import { compileOptions, moduleOf } from "./build.ts";
import { openMetering } from "./energy.ts";
import { GROUP, withExamples } from "./help.ts";
import { either } from "./io.ts";
import { positive, whole } from "./options.ts";
import type { Result, Session } from "./result.ts";
import { openTarget } from "./targets.ts";

type Options = { readonly seconds?: number; readonly seed?: number };

export const define = (command: Command): Command =>
  withExamples(
    command
      .description(
        "show all of it without hardware: a simulated sensor, two networks, decisions live",
      )
      .optionsGroup(GROUP.where)
      .option(
        "--seconds <n>",
        "end after so long (default: at Ctrl-C; 10 without a terminal)",
        positive,
      )
      .option("--seed <n>", "choose the simulated machine (default: 3)", whole),
    [
      { what: "live, until Ctrl-C", line: "twentywatt demo" },
      { what: "the figures alone", line: "twentywatt demo --seconds 3 --json" },
    ],
  );

export async function run(session: Session, options: Options): Promise<Result> {
  const { io, json } = session;
  const { runDemo, eventEnergy } = await import("../demo/index.ts");
  const { waitInRealTime } = await import("../sensors/wait.ts");
  const meter = await estimate(session);
  const report = await runDemo(options, {
    // the picture is progress where the document is the result
    stdout: json ? { write: (text) => io.stderr.write(text) } : io.stdout,
    env: io.env,
    clock: io.clock,
    waitUntil: waitInRealTime(io.clock),
    signal: either(io),
    load: (graph) => load(session, graph),
    meter,
  });
  return { json: document(report, eventEnergy), text: [] };
}

/** Not every processor is in the table of estimates; the demonstration goes on without energy. */
async function estimate(session: Session): Promise<Meter | null> {
  try {
    return (await openMetering("estimate", await openTarget("local", session), session)).meter;
  } catch (error) {
    if (!(error instanceof TwentyWattError)) throw error;
    session.warn(error.message);
    return null;
  }
}

async function load(session: Session, graph: Graph) {
  const { clock } = session.io;
  const target = await openTarget("local", session);
  const options = compileOptions({ selfTest: true }, "local", session);
  const startNs = clock.nowNs();
  const { wasm } = await moduleOf({ kind: "graph", graph }, options, session);
  const compileMs = secondsToMilliseconds(nanosecondsToSeconds(clock.nowNs() - startNs));
  return { session: await target.load(wasm), moduleBytes: wasm.length, compileMs };
}

function document(
  { standings, rms, meter }: Report,
  eventEnergy: (standing: Standing) => EventEnergy | null,
): Record<string, unknown> {
  const us = (values: readonly number[]) => {
    const sorted = Float64Array.from(values).sort();
    return { n: sorted.length, p50Us: percentile(sorted, 0.5), p99Us: percentile(sorted, 0.99) };
  };
  const results = standings.map((standing) => {
    const { classifier, unseen, activity, live } = standing;
    const { network, decision } = standing.backToBack;
    const { manifest, target } = classifier.session;
    const event = eventEnergy(standing);
    return {
      model: manifest.source.name,
      target,
      build: manifest.build,
      macs: manifest.macs,
      neurons: manifest.neurons,
      synapses: manifest.synapses,
      // means per decision; null: a layered network
      activity,
      moduleBytes: classifier.moduleBytes,
      compileMs: classifier.compileMs,
      accuracy: unseen,
      live,
      // live, after a pause; back to back is what bench times
      networkLatency: us(standing.networkUs),
      decisionLatency: us(standing.decisionUs),
      networkBackToBack: us(network.us),
      decisionBackToBack: us(decision.us),
      energy: meter && {
        scope: meter.scope,
        quality: meter.quality,
        joulesPerInference: network.joules,
        joulesPerDecision: decision.joules,
        joulesPerSynapticEvent: event?.joules ?? null,
        timesBrainLow: event?.timesBrainLow ?? null,
        timesBrainHigh: event?.timesBrainHigh ?? null,
      },
    };
  });
  const { name, scope, quality, method, doesNotInclude } = meter ?? {};
  return {
    results,
    rmsAccuracy: rms,
    meter: meter && { name, scope, quality, method, doesNotInclude },
  };
}
