/** The thread behind in-thread.ts: one graph, one module, and it ends. */
import { parentPort, workerData } from "node:worker_threads";
import { problem, TwentyWattError } from "../errors.ts";
import type { Delivery, Order } from "./in-thread.ts";
import { compile } from "./index.ts";

const { graph, options } = workerData as Order;
let delivery: Delivery;
try {
  delivery = { compiled: await compile(graph, options) };
} catch (error) {
  const problems =
    error instanceof TwentyWattError
      ? error.problems
      : [
          problem(
            "INTERNAL",
            graph.source.name,
            String(error),
            "no error: this is a defect of twentywatt",
          ),
        ];
  delivery = { problems };
}
parentPort?.postMessage(delivery);
