/** The package as users get it: what `npm pack` would put into it is complete, and nothing of the workshop is in it. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/readmes.ts";
import { testUnless } from "./support/skip.ts";

const builtTest = testUnless(
  existsSync(join(ROOT, "build/host/cli/main.js"))
    ? null
    : { reason: "the program is not built", fix: "npm run build" },
);

builtTest("what npm packs runs by itself, and holds nothing else", () => {
  const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    ...{ cwd: ROOT, encoding: "utf8" },
  });
  const [{ files }] = JSON.parse(packed.stdout) as [{ files: readonly { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "build/host/index.d.ts"]) {
    expect(paths).toContain(file);
  }
  const allowed =
    /^(assembly|build\/host|host\/demo|firmware)\/|^LICENSE$|^CHANGELOG\.md$|^\w+\.json$|(^|\/)README\.md$/;
  expect(paths.filter((path) => !allowed.test(path))).toEqual([]);

  const folder = mkdtempSync(join(tmpdir(), "twentywatt-package-"));
  try {
    for (const path of paths) cpSync(join(ROOT, path), join(folder, path));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const main = join(folder, "build/host/cli/main.js");
    const { status, stdout, stderr } = spawnSync(main, ["run", "net:demo-int8", "--samples", "2"], {
      ...{ encoding: "utf8" },
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache") },
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("2 samples");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without development packages the build, and so npm start, says in one sentence what is missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-production-"));
  try {
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    const { status, stderr } = spawnSync("npm", ["run", "-s", "build"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status).toBe(1);
    const said = stderr.split("\n").filter((line) => !/^npm (notice|warn)|^$/.test(line));
    expect(said).toEqual([
      expect.stringMatching(/^TypeScript.* not installed: run npm ci --include=dev/),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("no package runs a script when it is installed, and npm need not ask about any", () => {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
  const { packages } = read("package-lock.json") as {
    packages: Readonly<Record<string, { readonly hasInstallScript?: true }>>;
  };
  const scripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
  expect(scripts.length).toBeGreaterThan(0);
  expect(read("package.json").allowScripts).toEqual(
    Object.fromEntries(scripts.map((name) => [name, false])),
  );
});

test("nothing that compiles is installed: koffi is prebuilt and may be left out, onoff is whoever's wish", () => {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
  const { optionalDependencies, peerDependencies, peerDependenciesMeta } = read("package.json");
  expect(optionalDependencies.koffi).toMatch(/^\d+\.\d+\.\d+$/);
  expect([peerDependencies, peerDependenciesMeta]).toEqual([
    { onoff: "^6.0.3" },
    { onoff: { optional: true } },
  ]);
  const { packages } = read("package-lock.json");
  expect(packages["node_modules/koffi"].optional).toBe(true);
  // epoll is what onoff brings, and what node-gyp builds
  expect(Object.keys(packages).filter((path) => /(onoff|epoll)$/.test(path))).toEqual([]);
  for (const platform of ["linux-x64", "linux-arm64", "linux-arm", "linux-riscv64"]) {
    expect(packages[`node_modules/@koromix/koffi-${platform}`]?.optional).toBe(true);
  }
});
