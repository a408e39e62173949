/**
 * What Binaryen does to our modules: the passes of `asc -O3`, in its order, less those that change nothing there. Of its
 * 102 passes, about 40 look for what generated kernels do not have: mutable globals, tables, indirect calls, allocations.
 * The bytes are the same with all of them (tests/host/compiler/assemble.test.ts); a pass left out costs size or speed at
 * worst, never a result.
 */
import type { Build } from "../module/manifest.ts";

type Module = ReturnType<typeof import("assemblyscript").compile>;

type Step =
  | string
  | {
      readonly pass: string;
      /** the one build where it changes anything */
      readonly only?: Build;
      /** of the passes that it runs itself over the functions it changed: those that change nothing */
      readonly without?: readonly string[];
    };

/** Every function has constants of its shape, so this one runs over all of them, before anything else has. */
const AFTER_GLOBALS = [
  ...["ssa-nomerge", "flatten", "simplify-locals-notee-nostructure", "local-cse", "dce"],
  ...["pick-load-signs", "precompute-propagate", "code-pushing", "merge-locals", "code-folding"],
  "rse",
];

const AFTER_ARGUMENTS = [
  ...["dce", "remove-unused-names", "pick-load-signs", "code-pushing", "code-folding"],
];

const STEPS: readonly Step[] = [
  "duplicate-function-elimination",
  "remove-unused-module-elements",
  "inlining",
  { pass: "simplify-globals-optimizing", without: AFTER_GLOBALS },
  "generate-global-effects",
  "rse",
  "vacuum",
  "ssa-nomerge",
  "local-cse",
  "remove-unused-brs",
  { pass: "remove-unused-names", only: "simd" },
  "merge-blocks",
  "precompute-propagate",
  { pass: "dae-optimizing", without: AFTER_ARGUMENTS },
  "simplify-locals-nostructure",
  "flatten",
  "vacuum",
  "simplify-locals-notee-nostructure",
  "vacuum",
  "local-cse",
  "merge-locals",
  "reorder-locals",
  "optimize-instructions",
  "remove-unused-brs",
  "remove-unused-names",
  "merge-blocks",
  "inlining",
  "precompute-propagate",
  "simplify-locals-notee-nostructure",
  "vacuum",
  "reorder-locals",
  "coalesce-locals",
  "simplify-locals",
  "coalesce-locals",
  "reorder-locals",
  "vacuum",
  "rse",
  "vacuum",
  "remove-unused-brs",
  "remove-unused-names",
  "merge-blocks",
  "optimize-instructions",
  { pass: "dae-optimizing", only: "mvp" },
  "inlining-optimizing",
  "precompute-propagate",
  { pass: "gufa-optimizing", only: "mvp" },
  "ssa-nomerge",
  "rse",
  "code-pushing",
  "vacuum",
  { pass: "local-cse", only: "simd" },
  "merge-locals",
  "coalesce-locals",
  "simplify-locals",
  "vacuum",
  "precompute-propagate",
  "ssa-nomerge",
  "simplify-locals",
  "coalesce-locals",
  "optimize-instructions",
  "remove-unused-brs",
  "remove-unused-names",
  "merge-blocks",
  "vacuum",
  { pass: "remove-unused-brs", only: "mvp" },
  "optimize-instructions",
  "reorder-functions",
  { pass: "duplicate-function-elimination", only: "simd" },
  "remove-unused-module-elements",
  "discard-global-effects",
];

/** As `asc -O3` does. */
export async function optimize(module: Module, build: Build): Promise<void> {
  const { default: binaryen } = await import("assemblyscript/binaryen");
  module.clearPassArguments();
  // asc's 3 is Binaryen's 4
  module.setOptimizeLevel(4);
  module.setShrinkLevel(0);
  module.setDebugInfo(false);
  module.setZeroFilledMemory(false);
  module.setFastMath(true);
  module.setGenerateStackIR(true);
  module.setOptimizeStackIR(true);
  module.setAlwaysInlineMaxSize(12);
  module.setFlexibleInlineMaxSize(70);
  module.setOneCallerInlineMaxSize(200);
  module.setAllowInliningFunctionsWithLoops(true);
  module.setPartialInliningIfs(4);
  for (const { passes, without } of runs(build)) {
    for (const pass of without) binaryen.addPassToSkip(pass);
    module.runPasses(passes);
    binaryen.clearPassesToSkip();
  }
}

type Run = { readonly passes: string[]; readonly without: readonly string[] };

/** Neighbours that skip nothing run in one go: Binaryen then takes one function through all of them. */
function runs(build: Build): readonly Run[] {
  const found: Run[] = [];
  for (const step of STEPS) {
    const { pass, only = build, without = [] } = typeof step === "string" ? { pass: step } : step;
    if (only !== build) continue;
    const last = found.at(-1);
    if (last && last.without.length === 0 && without.length === 0) last.passes.push(pass);
    else found.push({ passes: [pass], without });
  }
  return found;
}
