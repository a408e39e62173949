/** Which format is this? Recognised by content, never by name. */
import type { Graph } from "../model/graph.ts";

export type ImportOptions = Readonly<Record<string, never>>;

/**
 * Reads a model file into a graph. Never crashes or hangs on any bytes: raises one TwentyWattError that carries every
 * problem found.
 *
 * @param bytes the whole file
 * @param name  shown in messages and kept in the manifest: the file name without folders
 */
export declare function importModel(bytes: Uint8Array, name: string): Promise<Graph>;
