/** `net:NAME?key=value&…`: networks built by code. One row each; what builds them is loaded when asked for. */
import { fail } from "../errors.ts";
import type { Graph } from "../model/graph.ts";

type Row = {
  readonly parameters: readonly string[];
  readonly build: (parameters: ReadonlyMap<string, string>) => Promise<Graph>;
};

const NETWORKS: Readonly<Record<string, Row>> = {
  "demo-int8": {
    parameters: [],
    build: async () => (await import("../demo/index.ts")).int8Graph(),
  },
};

export const isNetworkName = (name: string): boolean => name.startsWith("net:");

export async function networkByName(text: string): Promise<Graph> {
  const [, name = "", query = ""] = /^net:([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  const row = Object.hasOwn(NETWORKS, name) ? NETWORKS[name] : undefined;
  if (!row) {
    const known = Object.keys(NETWORKS).map((known) => `net:${known}`);
    return fail("USAGE", text, `net:${name}`, `one of ${known.join(", ")}`);
  }
  const parameters = new Map<string, string>();
  for (const pair of query.split("&").filter((pair) => pair !== "")) {
    const [key = "", value = ""] = pair.split("=", 2);
    if (!row.parameters.includes(key)) {
      const expected = row.parameters.join(", ") || "no parameters";
      fail("USAGE", text, key, expected, `See the README, section networks by code.`);
    }
    parameters.set(key, decodeURIComponent(value));
  }
  return row.build(parameters);
}
