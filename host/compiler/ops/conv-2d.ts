/** CONV_2D: one row, two kernels. */
import type { Row } from "../lowering.ts";
import { conv2dMvp } from "./mvp/conv-2d.ts";

export const conv2d: Row<"CONV_2D"> = conv2dMvp;
