/** Damage to .nir files: graphs are edited, then written, then some of them damaged; files from elsewhere are damaged. */
import type { Random } from "../../host/model/random.ts";
import { type Damage, fuzzFiles, type Outcome } from "./model-fuzz.ts";
import { type Anatomy, anatomy } from "./nir-anatomy.ts";
import { editNir } from "./nir-edits.ts";
import { mutateNir } from "./nir-mutations.ts";
import { type NirGraph, type NirStyle, writeNir } from "./nir-writer.ts";
import { dice } from "./random-draft.ts";

export type Victims = {
  readonly graphs: readonly NirGraph[];
  readonly files: readonly Uint8Array[];
};

/** Symbol tables and version 1 headers, the newest form, with and without gzip. */
const STYLES: readonly NirStyle[] = [
  {},
  {},
  { gzip: 6 },
  { latest: true },
  { latest: true, gzip: 1 },
];

/** As fuzzModels, for .nir files. */
export async function fuzzNir(victims: Victims, count: number, runs: number): Promise<Outcome> {
  return fuzzFiles(await nirDamager(victims), count, runs);
}

export async function nirDamager({ graphs, files }: Victims): Promise<Damage> {
  const given = files.map(anatomy);
  const written: Anatomy[] = [];
  for (const graph of graphs) {
    for (const style of new Set(STYLES)) written.push(anatomy(await writeNir(graph, style)));
  }
  const donors = [...given, ...written].map(({ file }) => file);
  return async (random: Random) => {
    const { pick, chance } = dice(random);
    const donor = pick(donors);
    if (graphs.length === 0 || (given.length > 0 && chance(0.2))) {
      return mutateNir(pick(given), donor, random);
    }
    if (chance(0.4)) return mutateNir(pick(written), donor, random);
    const edited = await writeNir(editNir(pick(graphs), random), pick(STYLES));
    return chance(0.8) ? edited : mutateNir(anatomy(edited), donor, random);
  };
}
