/** Recorded dumps of three networks, compared after every single operator. */
import { expect } from "vitest";
import { dataTest, readData, readInt8 } from "../support/data.ts";
import { modelGraph } from "./models.ts";
import { difference, infer, open, TARGETS } from "./targets.ts";

type Dump = {
  readonly model: string;
  readonly ops: readonly { readonly op: number; readonly kind: string; readonly file: string }[];
};

for (const folder of ["kws_tst_000000_Stop_7", "sww_calib0", "ad_window0"]) {
  for (const row of TARGETS) {
    dataTest(`${folder}, ${row.name}: every layer`, async () => {
      const path = `layers/${folder}`;
      const dump = JSON.parse(new TextDecoder().decode(readData(`${path}/index.json`))) as Dump;
      const session = await open(row, await modelGraph(dump.model), { keepLayers: true });
      await infer(session, readInt8(`${path}/input.i8.bin`));
      for (const { op, kind, file } of dump.ops) {
        const name = `op${String(op).padStart(2, "0")}_${kind}`;
        const entry = session.manifest.memory.find((e) => e.kind === "layer" && e.name === name);
        if (!entry) throw new Error(`the manifest lists no layer ${name}`);
        const bytes = await session.read(entry.ptr, entry.len);
        expect(
          difference(new Int8Array(bytes.buffer), readInt8(`${path}/${file}`)),
          name,
        ).toBeNull();
      }
    });
  }
}
