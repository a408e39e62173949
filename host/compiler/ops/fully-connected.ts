/** FULLY_CONNECTED: one row, two kernels. */
import type { Row } from "../lowering.ts";
import { fullyConnectedMvp } from "./mvp/fully-connected.ts";

export const fullyConnected: Row<"FULLY_CONNECTED"> = fullyConnectedMvp;
