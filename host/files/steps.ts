/** How the input of a spiking network comes: in runs of steps, so that an empty stretch costs nothing. */

/** Some steps that follow each other. */
export type Batch = {
  readonly bytes: Uint8Array;
  readonly steps: number;
  /** bytes from one step to the next; 0 where all are the same */
  readonly stride: number;
};

export type StepInputs = {
  /** steps there are, where that is known before */
  readonly count: number | null;
  /** each batch is valid until the next is asked for */
  readonly batches: () => AsyncGenerator<Batch>;
};

/** Where in time this run stands. */
export type Window = {
  /** steps the network has run before */
  readonly firstStep: number;
  /** steps asked for; null: as many as the input has */
  readonly steps: number | null;
  readonly warn: (text: string) => void;
};

/** Large enough for the disk, small enough to answer SIGINT at once. */
export const BATCH_BYTES = 1 << 16;
