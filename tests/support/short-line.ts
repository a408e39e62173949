/** A line that carries so many bytes at once, each way: the end of what is longer is lost, as in a UART's short FIFO. */
import type { Channel, Line } from "../../host/lines/line.ts";

export class ShortLine implements Line {
  readonly name: string;
  private readonly line: Line;
  private readonly most: number;
  private channel: Channel | null = null;

  constructor(line: Line, most: number) {
    this.name = line.name;
    this.line = line;
    this.most = most;
  }

  open: Line["open"] = async (events) => {
    const heard = this.shortener();
    const channel = await this.line.open({
      ...events,
      bytes: (bytes) => events.bytes(bytes.filter(heard)),
    });
    this.channel = channel;
    return {
      write: (bytes) => channel.write(bytes.subarray(0, this.most)),
      close: () => channel.close(),
    };
  };

  /** Bytes of another host on the same line, whole. */
  inject(bytes: Uint8Array): void {
    this.channel?.write(bytes);
  }

  /** Which bytes of the board arrive: the first ones of each frame. Pieces come as the system cuts them. */
  private shortener(): (byte: number) => boolean {
    let length = 0; // of the frame so far, 0 outside of one
    return (byte) => {
      if (length === 0 && byte !== 0) return true;
      length += 1;
      const passes = length <= this.most;
      if (byte === 0 && length > 1) length = 0;
      return passes;
    };
  }
}
