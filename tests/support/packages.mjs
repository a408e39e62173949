/**
 * Programs that some tests need and npm does not bring: which Debian packages hold them, and how to see that they work.
 * `npm test` installs what is missing where it may (tests/run.mjs); elsewhere those tests skip, and say the apt line.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Preprocesses an empty file. */
const NOTHING = ["-E", "-x", "c", "/dev/null"];

const NOTHING_CXX = ["-E", "-x", "c++", "/dev/null"];

const LINK_32 =
  'to=$(mktemp) && cc -m32 -shared -fsanitize=address,undefined -x c /dev/null -o "$to"; s=$?; rm -f "$to"; exit $s';

/**
 * One row per feature: packages, and one command for each program that must start.
 * @type {Readonly<Record<string, { packages: readonly string[], probes: readonly (readonly string[])[] }>>}
 */
const FEATURES = {
  arm64: { packages: ["qemu-user-static"], probes: [["qemu-aarch64-static", "--version"]] },
  // each compiler must find its C library, too
  boards: {
    packages: [
      ...["gcc-arm-none-eabi", "libnewlib-arm-none-eabi", "qemu-system-arm"],
      ...["gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf", "qemu-system-misc"],
    ],
    probes: [
      ["arm-none-eabi-gcc", "--specs=nano.specs", "-include", "string.h", ...NOTHING],
      ["riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-include", "string.h", ...NOTHING],
      ["qemu-system-arm", "--version"],
      ["qemu-system-riscv32", "--version"],
    ],
  },
  // Arduino's own builder, compilers of the processors of boards, and machines that have them
  arduino: {
    packages: [
      ...["arduino-builder", "arduino-ctags", "gcc-arm-none-eabi", "libnewlib-arm-none-eabi"],
      ...["libstdc++-arm-none-eabi-newlib", "gcc-riscv64-unknown-elf"],
      ...[
        "picolibc-riscv64-unknown-elf",
        "gcc-xtensa-lx106",
        "qemu-system-arm",
        "qemu-system-misc",
      ],
    ],
    probes: [
      ["arduino-builder", "-version"],
      ["sh", "-c", "command -v arduino-ctags"],
      ["arm-none-eabi-g++", "--specs=nano.specs", "-include", "string.h", ...NOTHING_CXX],
      ["riscv64-unknown-elf-g++", "--specs=picolibc.specs", "-include", "string.h", ...NOTHING_CXX],
      ["xtensa-lx106-elf-gcc", "--version"],
      ["qemu-system-arm", "--version"],
      ["qemu-system-riscv32", "--version"],
    ],
  },
  // a build system that configures the component of ESP-IDF
  cmake: { packages: ["cmake"], probes: [["cmake", "--version"]] },
  // WASM3 on this computer
  cc: {
    packages: ["gcc", "libc6-dev"],
    probes: [["cc", "-include", "string.h", ...NOTHING]],
  },
  // a Debian kernel in a virtual machine: its drivers, its headers, its sources, and what tests play sensor with
  kernel: {
    packages: [
      ...["qemu-system-x86", "busybox-static", "cpio", "kmod", "xz-utils", "make", "gcc"],
      ...["linux-headers-amd64", "linux-source", "alsa-utils", "i2c-tools", "udev"],
    ],
    probes: [
      ["qemu-system-x86_64", "--version"],
      ["busybox", "true"],
      ["cpio", "--version"],
      ["depmod", "--version"],
      ["sh", "-c", "ls /usr/src/linux-headers-*-amd64/Makefile /usr/src/linux-source-*.tar.xz"],
      ["arecord", "--version"],
      ["i2cset", "-V"],
      ["udevadm", "--version"],
    ],
  },
  // native parts of packages: the language of Node itself
  cxx: { packages: ["g++"], probes: [["c++", "-include", "string", ...NOTHING_CXX]] },
  // the same for 32 bits, as boards have, under sanitizers: links a program of nothing
  cc32: {
    packages: ["gcc", `lib32gcc-${gccOfDebian()}-dev`, "libc6-dev-i386"],
    probes: [["sh", "-c", LINK_32]],
  },
  // a speaker of wake words
  speech: { packages: ["espeak-ng"], probes: [["espeak-ng", "--version"]] },
  // a Raspberry Pi under Debian's kernel
  raspi: {
    packages: ["qemu-system-arm", "cpio"],
    probes: [
      ["qemu-system-aarch64", "--version"],
      ["cpio", "--version"],
    ],
  },
};

/** The compiler's version, which stands in names of its packages: 14 from Debian 13 on. */
function gccOfDebian() {
  const [, release = "12"] = /^VERSION_ID="?(\d+)/m.exec(osRelease()) ?? [];
  return Number(release) >= 13 ? 14 : 12;
}

function osRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

/** @param {readonly string[]} packages */
const aptLine = (packages) => `apt-get install --no-install-recommends ${packages.join(" ")}`;

/** @param {readonly string[]} probe */
const works = ([command = "", ...args]) =>
  spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;

/**
 * What keeps a feature from being tested here, or null.
 * @param {string} feature a row of FEATURES
 * @returns {{ reason: string, fix: string } | null}
 */
export function missingFeature(feature) {
  const row = FEATURES[feature];
  if (!row) throw new Error(`no feature ${feature}`);
  const broken = row.probes.find((probe) => !works(probe));
  if (!broken) return null;
  return { reason: `${broken[0]} does not start`, fix: aptLine(row.packages) };
}

/**
 * Installs what is missing, as root on Debian, feature by feature: a package that one Debian does not have keeps no other
 * away. Says what it does; a failure leaves the tests to skip.
 */
export function installPackages() {
  const missing = Object.keys(FEATURES).filter((feature) => missingFeature(feature) !== null);
  if (missing.length === 0) return;
  const packagesOf = (/** @type {string} */ feature) => FEATURES[feature]?.packages ?? [];
  const packages = missing.flatMap(packagesOf);
  const names = `${missing.join(", ")}: ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !works(["apt-get", "--version"])) {
    console.log(`Missing for ${names}. As root on Debian: ${aptLine(packages)}`);
    return;
  }
  console.log(`Installing Debian packages for ${names}`);
  const outdated = apt(["update", "-qq"]);
  for (const feature of missing) {
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...packagesOf(feature)];
    const failed = outdated ?? apt(install);
    if (failed) console.log(`${failed}: the tests of ${feature} will be skipped`);
  }
}

const APT_TIMEOUT_MS = 600_000;

/**
 * @param {readonly string[]} args
 * @returns {string | null} what went wrong
 */
function apt(args) {
  const { status, error, stderr } = spawnSync("apt-get", args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    timeout: APT_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status === 0) return null;
  const why = error?.message ?? stderr.trim().split("\n").at(-1);
  return `apt-get ${args[0]} failed (${why})`;
}
