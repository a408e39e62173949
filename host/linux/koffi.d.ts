/**
 * What host/linux uses of koffi. Declared here and not taken from the package, so that the sources build where optional
 * packages were left out.
 */
declare module "koffi" {
  export type CFunction = (...args: readonly unknown[]) => number;
  /** @throws Error where there is no such library */
  export function load(path: string): { func(declaration: string): CFunction };
  /** @returns errno as the last call left it */
  export function errno(): number;
  /** Where the bytes of a typed array are, as long as it lives. */
  export function address(bytes: Uint8Array): bigint;
}
