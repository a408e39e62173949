/** How a part of the benchmark talks while it runs: on stderr, whatever the form of the result. */
export type Say = {
  readonly progress: (text: string) => void;
  /** also kept for the document */
  readonly warn: (text: string) => void;
};
