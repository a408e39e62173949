/** The public models of the shared data folder. */
import { importModel } from "../../host/importers/index.ts";
import type { LayeredGraph } from "../../host/model/graph.ts";
import { readData } from "../support/data.ts";

export async function modelGraph(file: string): Promise<LayeredGraph> {
  const graph = await importModel(readData(`models/${file}`), file);
  if (graph.kind !== "layered") throw new Error(`${file} is not layered`);
  return graph;
}
