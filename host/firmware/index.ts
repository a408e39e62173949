/** Builds the firmware of a board, and the interpreter of the `wasm3` target. */

export { buildFirmware, type Firmware, type FirmwareOptions } from "./build.ts";
export { VALUE_STACK_BYTES, WASM3_MACROS } from "./flags.ts";
export { kernelList } from "./kernels.ts";
export { aptLine, listPorts, type Port, portFolder, readPort } from "./port.ts";
export { FIRMWARE } from "./root.ts";
export { wasm3Source } from "./wasm3-source.ts";
