/**
 * A front end keeps samples from step to step: what windows overlap, features of past hops, running means, intervals of
 * spikes. Where samples are missing, these are of another moment, and a window over both would be of a signal that never
 * was. So it goes back to the state that it had when the module was loaded. What the network itself keeps goes on, as it does
 * without a front end: potentials, what it has learned, and the counters.
 */
import type { Manifest } from "../module/manifest.ts";
import type { Session } from "../runtime/index.ts";

/** What a loop needs of a session. */
export type Stepped = Pick<Session, "inputBytes" | "outputBytes" | "step" | "lastStepNs">;

/**
 * @param session just loaded, a module that takes samples: its state now is where it begins
 * @param gaps    how many times samples were missing so far, before the input that is stepped next
 */
export async function forgettingAcrossGaps(session: Session, gaps: () => number): Promise<Stepped> {
  const { inputBytes, outputBytes } = session;
  const start = (await session.readState()).slice(0, frontBytes(session.manifest));
  let known = 0;
  async function forget(): Promise<void> {
    const state = Uint8Array.from(await session.readState());
    state.set(start);
    await session.writeState(state);
  }
  return {
    ...{ inputBytes, outputBytes },
    ...(session.lastStepNs ? { lastStepNs: () => session.lastStepNs?.() ?? 0n } : {}),
    step(input, output) {
      if (gaps() === known) return session.step(input, output);
      known = gaps();
      return forget().then(() => session.step(input, output));
    },
  };
}

/**
 * How much of the state is the front end's: it stands first, under names of its own, and what a node of the network keeps is
 * called NODE.what. A layered network keeps variables, NAME.state; of its front end the network's input, which may have any
 * name, is the first.
 */
function frontBytes({ dtSeconds, memory }: Manifest): number {
  const state = memory.filter(({ kind }) => kind === "state");
  const own = state.filter(({ name }, k) =>
    dtSeconds === null ? k === 0 || !name.endsWith(".state") : !name.includes("."),
  );
  const begin = Math.min(...state.map(({ ptr }) => ptr));
  return Math.max(...own.map(({ ptr, len }) => ptr + len)) - begin;
}
