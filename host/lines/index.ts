/** Byte channels to boards, sensors and meters: serial ports, processes. */
export { clockUnitNs, DeviceClock } from "./device-clock.ts";
export { encodeFrame, type Frame, FrameReceiver } from "./frame.ts";
export { endingOf, holdersOf, type Process, processes } from "./holders.ts";
export type { Channel, ChannelEvents, Line } from "./line.ts";
export { LineSplitter } from "./line-splitter.ts";
export { type ProcessLine, processLine } from "./process-line.ts";
export { serialLine } from "./serial.ts";
export {
  identityOf,
  identityText,
  listPorts,
  type PortInfo,
  parsePort,
  usbFolder,
} from "./serial-ports.ts";
export { pause, systemTimers, type Timers } from "./timers.ts";
