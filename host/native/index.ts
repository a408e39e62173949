/** C of the kernels that boards compute themselves and nobody writes by hand. */
export { type GeneratedFiles, generate } from "./generate.ts";
export { GENERATED } from "./table/index.ts";
export type { KernelRow } from "./table/row.ts";
