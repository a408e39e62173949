/** The boundary to the kernel: what tests replace, and how its refusals look. */
import { getSystemErrorName } from "node:util";

/** Bytes whose address goes into the argument of a call, for the few structs that hold a pointer. */
export type Pointer = {
  /** offset in the argument */
  readonly at: number;
  readonly bytes: Uint8Array;
};

/** The system call that Node lacks. Files are opened, read and closed with node:fs. */
export type SystemCalls = {
  /**
   * ioctl(2).
   *
   * @param argument the struct that the kernel reads and fills in place; or a number, for requests that take one
   * @returns what the call returned, ≥ 0
   * @throws an error as node:fs throws it, with the name of errno as its code
   */
  readonly ioctl: (
    fd: number,
    request: number,
    argument: Uint8Array | number,
    pointer?: Pointer,
  ) => number;
};

/** What counts the kernel's own events, apart from the other one: few computers have what it is needed for. */
export type PerfCalls = {
  /**
   * perf_event_open(2), without a group.
   *
   * @param attributes struct perf_event_attr
   * @param pid -1: of all processes
   * @param cpu -1: on all processors; not both
   * @returns a descriptor, to be closed by the caller
   * @throws an error as node:fs throws it
   */
  readonly perfEventOpen: (attributes: Uint8Array, pid: number, cpu: number) => number;
};

/** Not for user space, says the kernel, and some drivers return it all the same. */
const ENOTSUPP = 524;

/** An error as node:fs throws it. @param errno positive, as C has it */
export function systemError(call: string, errno: number): NodeJS.ErrnoException {
  const code = errno === ENOTSUPP ? "ENOTSUPP" : getSystemErrorName(-errno);
  return Object.assign(new Error(`${code}: ${call}`), { code, errno: -errno, syscall: call });
}

/** The name of errno: "EBUSY"; null for an error that no system call made. */
export const codeOf = (error: unknown): string | null =>
  error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : null;
