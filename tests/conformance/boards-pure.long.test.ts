/** Every network on every board without native kernels, and resumed from one way to the other. */
import { agreesBothWays, PATIENCE_MS } from "./board-agreement.ts";
import { BOARD_CASES } from "./board-cases.ts";
import { onEveryBoard } from "./board-suite.ts";

const patienceMs = 4 * PATIENCE_MS;

onEveryBoard(
  BOARD_CASES.map((one) => ({ name: one.name, one, check: agreesBothWays, patienceMs })),
);
