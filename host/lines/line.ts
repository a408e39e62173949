/** A byte channel to a board or a process, and how to open it again. serial.ts and process-line.ts make some. */

export type Channel = {
  readonly write: (bytes: Uint8Array) => void;
  readonly close: () => Promise<void>;
};

export type ChannelEvents = {
  /** valid until it returns */
  readonly bytes: (bytes: Uint8Array) => void;
  /** once, unless it was closed from here */
  readonly closed: (why: string) => void;
};

export type Line = {
  /** what is shown and reported: "board:/dev/ttyACM0", "wasm3" */
  readonly name: string;
  /** Raises TARGET_MISSING or IO where there is nothing to open. Called again after a channel closed. */
  readonly open: (events: ChannelEvents) => Promise<Channel>;
  /** Asked when the board is silent: not every driver says that a device is gone. */
  readonly present?: () => Promise<boolean>;
  /** for how long a frame may take; absent: no time worth counting */
  readonly bytesPerSecond?: number;
};
