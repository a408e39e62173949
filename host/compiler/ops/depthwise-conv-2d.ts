/** DEPTHWISE_CONV_2D: one row, two kernels. */
import type { Row } from "../lowering.ts";
import { depthwiseConv2dMvp } from "./mvp/depthwise-conv-2d.ts";

export const depthwiseConv2d: Row<"DEPTHWISE_CONV_2D"> = depthwiseConv2dMvp;
