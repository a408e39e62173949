/**
 * One suite for all boards: outputs, state and counters are those of the local SIMD build, byte for byte. A few networks run
 * without native kernels too, and all of them in boards-pure.long.test.ts.
 */
import { agrees, agreesBothWays, PATIENCE_MS } from "./board-agreement.ts";
import { BOARD_CASES, BOTH_WAYS } from "./board-cases.ts";
import { onEveryBoard } from "./board-suite.ts";

const patienceMs = PATIENCE_MS;

onEveryBoard([
  ...BOARD_CASES.map((one) => ({ name: one.name, one, check: agrees, patienceMs })),
  ...BOTH_WAYS.map((one) => {
    const name = `${one.name}, without native kernels`;
    return { name, one, check: agreesBothWays, patienceMs };
  }),
]);
