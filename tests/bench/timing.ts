/** What is compared is sampled in turns, within the same seconds and in the same way: host/run/timing.ts says how. */
import { distribution, type Latency } from "../../host/run/latency.ts";
import { type Timed, timeInTurns } from "../../host/run/timing.ts";
import { systemClock } from "../../host/units.ts";

/** Copy in, compute, copy out: at least `seconds` of samples of each. */
export async function timed(candidates: readonly Timed[], seconds: number): Promise<Latency[]> {
  const samples = await timeInTurns(candidates, seconds, systemClock, async () => true);
  return samples.map(({ sorted }) => distribution(sorted));
}
