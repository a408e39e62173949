/**
 * What Binaryen does to our modules. Most of the 102 passes of `asc -O3` look for what generated kernels do not have:
 * mutable globals, tables, indirect calls, allocations. A pass left out costs size or speed at worst, never a result;
 * tests/host/compiler/assemble.test.ts compares with all of them.
 */
import type { Build } from "../module/manifest.ts";

type Module = ReturnType<typeof import("assemblyscript").compile>;

type Step =
  | string
  | {
      readonly pass: string;
      /** of the passes that it runs itself over the functions it changed: those that change nothing */
      readonly without: readonly string[];
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

/** The passes of `asc -O3` in its order, less those that change nothing: the bytes are those of asc. */
const MVP: readonly Step[] = [
  "inlining",
  { pass: "simplify-globals-optimizing", without: AFTER_GLOBALS },
  "rse",
  "vacuum",
  "ssa-nomerge",
  "local-cse",
  "remove-unused-brs",
  "precompute-propagate",
  { pass: "dae-optimizing", without: AFTER_ARGUMENTS },
  "simplify-locals-nostructure",
  "flatten",
  "simplify-locals-notee-nostructure",
  "vacuum",
  "local-cse",
  "merge-locals",
  "reorder-locals",
  "optimize-instructions",
  "remove-unused-brs",
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
  "dae-optimizing",
  "inlining-optimizing",
  "ssa-nomerge",
  "rse",
  "code-pushing",
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
  "merge-blocks",
  "remove-unused-brs",
  "optimize-instructions",
  "reorder-functions",
  "remove-unused-module-elements",
];

/**
 * Fewer of them, for modules of about the same size and speed. Where asc optimises every function anew as soon as it has
 * put constants into it, again when it has removed arguments, and then all of them, this does it once.
 */
const SIMD: readonly Step[] = [
  "inlining",
  "dae",
  "rse",
  "vacuum",
  "remove-unused-brs",
  "precompute-propagate",
  "optimize-instructions",
  "dae",
  "simplify-locals-nostructure",
  "flatten",
  "simplify-locals-notee-nostructure",
  "merge-locals",
  "reorder-locals",
  "merge-blocks",
  "precompute-propagate",
  "simplify-locals-notee-nostructure",
  "coalesce-locals",
  "simplify-locals",
  "vacuum",
  "rse",
  "remove-unused-brs",
  "optimize-instructions",
  "inlining-optimizing",
  "ssa-nomerge",
  "local-cse",
  "coalesce-locals",
  "simplify-locals",
  "precompute-propagate",
  "ssa-nomerge",
  "simplify-locals",
  "coalesce-locals",
  "optimize-instructions",
  "remove-unused-brs",
  "remove-unused-module-elements",
];

const STEPS: Readonly<Record<Build, readonly Step[]>> = { mvp: MVP, simd: SIMD };

/**
 * With the settings of `asc -O3`.
 * @param apart functions, by name, that stay functions, for every set of types
 */
export async function optimize(
  module: Module,
  build: Build,
  apart: readonly string[],
): Promise<void> {
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
  for (const pattern of apart.flatMap((name) => [name, `${name}<*`])) {
    module.setPassArgument(NO_INLINE, pattern);
    module.runPasses([NO_INLINE]);
  }
  module.clearPassArguments();
  for (const { passes, without } of runs(build)) {
    for (const pass of without) binaryen.addPassToSkip(pass);
    module.runPasses(passes);
    binaryen.clearPassesToSkip();
  }
}

/** The pass, and its argument: a name with wildcards. */
const NO_INLINE = "no-inline";

type Run = { readonly passes: string[]; readonly without: readonly string[] };

/** Neighbours that skip nothing run in one go: Binaryen then takes one function through all of them. */
function runs(build: Build): readonly Run[] {
  const found: Run[] = [];
  for (const step of STEPS[build]) {
    const { pass, without } = typeof step === "string" ? { pass: step, without: [] } : step;
    const last = found.at(-1);
    if (last && last.without.length === 0 && without.length === 0) last.passes.push(pass);
    else found.push({ passes: [pass], without });
  }
  return found;
}
