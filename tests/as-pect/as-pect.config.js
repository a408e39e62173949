/**
 * Specs in AssemblyScript, run by as-pect: `npm run test:as`. They test assembly/fixed in its own language, with its
 * own integers; everything that needs an oracle in another arithmetic is a vitest file beside them.
 */
export default {
  entries: ["tests/assembly/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  instantiate: (memory, createImports, instantiate, binary) =>
    instantiate(binary, createImports({ env: { memory } })),
};
