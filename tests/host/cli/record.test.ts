/** `record` and `replay`, as processes: what they write, what a full disk and kill −9 leave. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RecordingReader } from "../../../host/sensors/recording-reader.ts";
import { RecordingWriter } from "../../../host/sensors/recording-writer.ts";
import { builtTest, MAIN, NOT_BUILT } from "../../support/built.ts";
import { cli, cliJson, type Document, failedWith, folderOfFiles } from "../../support/cli.ts";
import { testUnless } from "../../support/skip.ts";
import { onSmallDisk, withoutDisks } from "../../support/small-disk.ts";

const { path, file } = folderOfFiles();

/** The summary, behind a line for each second that it took. */
async function recorded(args: readonly string[]): Promise<Document> {
  const { stdout } = await cli(["record", ...args, "--json"]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

async function samplesIn(recording: string): Promise<{ samples: number; seconds: number }> {
  const reader = await RecordingReader.open(recording);
  let samples = 0;
  let seconds = 0;
  for await (const { block } of reader.records()) {
    if ("value" in block) continue;
    samples += block.values.length / block.channels;
    seconds = Number(block.timeNs) / 1e9;
  }
  await reader.close();
  return { samples, seconds };
}

describe("record", () => {
  test("files are recorded to their end, labels are listed, and it comes back as it was", async () => {
    const rows = Array.from({ length: 1000 }, (_, k) => `${k / 8},${-k}`);
    const csv = file("in.csv", `ax [m/s²],ay\n${rows.join("\n")}\n`);
    const document = await recorded([
      `csv:${csv}?rate=100`,
      "-o",
      path("a.rec"),
      "--label",
      "still",
    ]);
    expect(document).toMatchObject({
      verb: "record",
      label: "still",
      sources: [{ samples: 1000, lost: 0 }],
    });
    expect(
      (await cli(["record", `csv:${csv}`, "-o", path("b.rec"), "--label", "moved"])).code,
    ).toBe(0);
    expect(
      (await cli(["record", `csv:${csv}`, "-o", path("c.rec"), "--label", "still"])).code,
    ).toBe(0);
    expect(readFileSync(path("labels.csv"), "utf8")).toBe("a.rec,2,0\nb.rec,2,1\nc.rec,2,0\n");
    expect(readFileSync(path("classes.txt"), "utf8")).toBe("still\nmoved\n");

    const exported = await cliJson(["replay", path("a.rec"), "--export", path("out.csv")]);
    expect(exported.document).toMatchObject({
      label: "still",
      sources: [{ samples: 1000, lost: 0 }],
    });
    const lines = readFileSync(path("out.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("time_s,ax [m/s²],ay");
    const firstTime = Number(lines[1]?.split(",")[0]);
    lines.slice(1).forEach((line, k) => {
      const [time, ...values] = line.split(",");
      expect(values.join(",")).toBe(rows[k]?.replace(/-0$/, "0"));
      expect(Number(time) - firstTime).toBeCloseTo(k / 100, 6);
    });
  });

  test("a sound file is the same bytes after record and export", async () => {
    const pcm = Buffer.alloc(44 + 2000);
    pcm.write("RIFF", 0, "latin1");
    pcm.writeUInt32LE(36 + 2000, 4);
    pcm.write("WAVEfmt ", 8, "latin1");
    for (const [value, place, width] of [
      [16, 16, 4],
      [1, 20, 2],
      [2, 22, 2],
      [8000, 24, 4],
      [32_000, 28, 4],
      [4, 32, 2],
      [16, 34, 2],
    ] as const) {
      pcm.writeUIntLE(value, place, width);
    }
    pcm.write("data", 36, "latin1");
    pcm.writeUInt32LE(2000, 40);
    for (let k = 0; k < 1000; k++) pcm.writeInt16LE(((k * 7919) % 65_536) - 32_768, 44 + 2 * k);
    const wav = file("in.wav", pcm);
    expect((await cli(["record", `wav:${wav}`, "-o", path("wav.rec")])).code).toBe(0);
    expect((await cli(["replay", path("wav.rec"), "--export", path("out.wav")])).code).toBe(0);
    expect(readFileSync(path("out.wav")).equals(pcm)).toBe(true);
  });

  test("a sound file has no gaps: what is left out where is said; at the ends nothing is", async () => {
    const recording = path("gaps.rec");
    const channels = [{ name: "x", unit: "" }];
    const source = { ...{ uri: "mic:", name: "sound", sampleRateHz: 100 }, channels };
    const head = { startedUnixMs: 0, label: null, sources: [source] };
    const writer = new RecordingWriter(recording, head, 0n);
    // 5 lost | 2 samples | 3 lost | 1 sample | 4 and 8 lost | 1 sample | 6 lost
    for (const [values, lostBefore] of [
      [[0.5, 0.25], 5],
      [[-0.5], 3],
      [[], 4],
      [[-1], 8],
      [[], 6],
    ] as const) {
      const block = { timeNs: 0n, values: Float64Array.from(values), channels: 1, lostBefore };
      writer.add(0, block, 0n);
    }
    writer.close();
    const { document } = await cliJson(["replay", recording, "--export", path("gaps.wav")]);
    const [said, ...more] = document.warnings;
    expect(said).toContain("at 2 places 15 lost samples, 0.150 s, are left out");
    expect(more).toEqual([]);
    expect(document.sources).toMatchObject([{ samples: 4, lost: 26 }]);
    const wav = readFileSync(path("gaps.wav"));
    const steps = [16_384, 8192, -16_384, -32_768];
    expect(steps.map((_, k) => wav.readInt16LE(44 + 2 * k))).toEqual(steps);
    expect(wav.length).toBe(44 + 2 * steps.length);
    const table = await cliJson(["replay", recording, "--export", path("gaps.csv")]);
    expect(table.document.warnings).toEqual([]);
  });

  test("two sources with one clock end after --seconds", async () => {
    const args = ["sim:ecg", "sim:step", "-o", path("two.rec"), "--seconds", "1"];
    const document = await recorded(args);
    expect(document.sources.map((source: { uri: string }) => source.uri)).toEqual([
      "sim:ecg",
      "sim:step",
    ]);
    for (const { samples } of document.sources) expect(samples).toBeGreaterThan(0);
    const lines = (await cli(["replay", path("two.rec"), "--speed", "1000"])).stdout.split("\n");
    expect(lines[0]).toBe("time_s,source,values");
    expect(new Set(lines.slice(1, -1).map((line) => line.split(",")[1]))).toEqual(
      new Set(["0", "1"]),
    );
  });

  test("--seconds counts from the first sample, however late it comes", async () => {
    const source = {
      ...{ uri: "sim:ecg", name: "late", sampleRateHz: 100 },
      channels: [{ name: "x", unit: "" }],
    };
    const late = path("late.rec");
    const head = { startedUnixMs: 0, label: null, sources: [source] };
    const writer = new RecordingWriter(late, head, 0n);
    for (let k = 0; k < 200; k++) {
      const timeNs = 800_000_000n + BigInt(k) * 10_000_000n;
      writer.add(0, { timeNs, values: Float64Array.of(k), channels: 1, lostBefore: 0 }, timeNs);
    }
    writer.close();
    const args = [`rec:${late}?speed=1`, "-o", path("now.rec"), "--seconds", "0.4"];
    const { samples } = (await recorded(args)).sources[0];
    expect(samples).toBeGreaterThan(0);
    expect(samples).toBeLessThan(200);
  });

  test("refuses what it cannot do before it begins", async () => {
    expect(await failedWith("record", "sim:walrus", "-o", path("x.rec"))).toBe("SENSOR_MISSING 1");
    expect(await failedWith("record", "sim:ecg", "-o", file("there.rec", "mine"))).toBe("IO 1");
    expect(readFileSync(path("there.rec"), "utf8")).toBe("mine");
    expect(await failedWith("replay", file("no.rec", "not a recording"))).toBe("INPUT_FORMAT 1");
  });
});

describe("what record writes is a recording", () => {
  test.each(["x.csv", "X.CSV", "x.wav", "x.npy", "x.json", "-"])(
    "-o %s is refused",
    async (name) => {
      const output = name === "-" ? name : path(name);
      const { document, code } = await cliJson([
        "record",
        "sim:ecg",
        "--seconds",
        "9",
        "-o",
        output,
      ]);
      expect([code, document.errors[0].code]).toEqual([2, "USAGE"]);
      expect(document.errors[0].remedy).toContain("`twentywatt replay motor.rec --export motor.");
      expect(statSync(output, { throwIfNoEntry: false })).toBeUndefined();
    },
  );

  test.each(["a,b", "", " ", "two\nlines"])(
    "--label %j is refused before the first sample",
    async (label) => {
      const output = path("label.rec");
      const args = ["record", "sim:ecg", "--seconds", "9", "-o", output, "--label", label];
      expect(await failedWith(...args)).toBe("USAGE 2");
      expect(statSync(output, { throwIfNoEntry: false })).toBeUndefined();
    },
  );

  describe("the list that a label is added to", () => {
    const csv = file("few.csv", "a\n1\n2\n3\n");
    const labels = (folder: string) => path(`${folder}/labels.csv`);
    const record = (folder: string, name: string, label: string) =>
      ["record", `csv:${csv}`, "-o", path(`${folder}/${name}`), "--label", label] as const;

    test("keeps rows whose files have commas in their names, and one row for each file", async () => {
      mkdirSync(path("commas"));
      writeFileSync(labels("commas"), "soft, 2.rec,2,1\nlost.rec,2,0\n");
      writeFileSync(path("commas/classes.txt"), "still\nmoved\n");
      expect((await cli(record("commas", "hard, 1.rec", " moved"))).code).toBe(0);
      expect((await cli(record("commas", "lost.rec", "gone"))).code).toBe(0);
      expect(readFileSync(labels("commas"), "utf8")).toBe(
        "soft, 2.rec,3,1\nhard, 1.rec,3,1\nlost.rec,3,2\n",
      );
      expect(readFileSync(path("commas/classes.txt"), "utf8")).toBe("still\nmoved\ngone\n");
    });

    test.each([
      ["labels of samples", "0\n1\n", "INPUT_FORMAT 1"],
      ["a row without its class", "a.rec,still\n", "INPUT_FORMAT 1"],
      ["what cannot be read", null, "IO 1"],
    ])("%s is refused before the first sample, and stays", async (what, text, code) => {
      mkdirSync(path(what));
      if (text === null) mkdirSync(labels(what));
      else writeFileSync(labels(what), text);
      expect(await failedWith(...record(what, "new.rec", "still"))).toBe(code);
      expect(readdirSync(path(what))).toEqual(["labels.csv"]);
      if (text !== null) expect(readFileSync(labels(what), "utf8")).toBe(text);
    });
  });

  test("what replay exports comes in again as it was", async () => {
    expect(
      (await cli(["record", "sim:step", "-o", path("own.rec"), "--seconds", "0.5"])).code,
    ).toBe(0);
    expect((await cli(["replay", path("own.rec"), "--export", path("own.csv")])).code).toBe(0);
    const again = ["record", `csv:${path("own.csv")}`, "-o", path("again.rec")];
    expect((await cli(again)).code).toBe(0);
    const heads = [];
    for (const name of ["own.rec", "again.rec"]) {
      const reader = await RecordingReader.open(path(name));
      const [source] = reader.head.sources;
      heads.push([source?.sampleRateHz, source?.channels]);
      await reader.close();
    }
    expect(heads[1]).toEqual(heads[0]);
    const [own, back] = [await samplesIn(path("own.rec")), await samplesIn(path("again.rec"))];
    expect(back.samples).toBe(own.samples);
  });

  test("what is no recording is said by how it begins, with what reads it", async () => {
    const { document } = await cliJson(["replay", file("table.csv", "a,b\n1,2\n")]);
    expect(document.errors[0]).toMatchObject({ code: "INPUT_FORMAT" });
    expect(document.errors[0].got).toContain("a,b");
    expect(document.errors[0].remedy).toContain("csv:FILE");
  });
});

describe("record, as a process", () => {
  const start = (output: string) =>
    spawn(process.execPath, [MAIN, "record", "sim:vibration", "-o", output], { stdio: "ignore" });

  async function grown(output: string, bytes: number): Promise<void> {
    for (;;) {
      const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
      if (size >= bytes) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  builtTest("kill −9 loses at most the last second", async () => {
    const output = path("killed.rec");
    const child = start(output);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    await grown(output, 100_000); // three seconds
    const sizeAtKill = statSync(output).size;
    child.kill("SIGKILL");
    await exited;
    const { samples } = await samplesIn(output);
    // what was in the file when the signal came: 4,096 samples of 8 bytes a second
    expect(samples * 8).toBeGreaterThan(sizeAtKill - 4096 * 8);
    const { stdout, code } = await cli([
      "replay",
      output,
      "--export",
      join(path("."), "killed.csv"),
    ]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(",", "")).toContain(`${samples} samples`);
  });

  builtTest("Ctrl-C ends it with code 0 and a whole file", async () => {
    const output = path("ended.rec");
    const child = start(output);
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await grown(output, 20_000);
    child.kill("SIGINT");
    expect(await exited).toBe(0);
    const reader = await RecordingReader.open(output);
    for await (const _ of reader.records());
    expect(reader.damagedBytes).toBe(0);
    await reader.close();
  });

  const NO_ROOM = "no room: a clear error, and the file is read to its last record";

  async function expectWhole(output: string): Promise<void> {
    const reader = await RecordingReader.open(output);
    let samples = 0;
    for await (const { block } of reader.records())
      samples += "value" in block ? 0 : block.values.length;
    expect(reader.damagedBytes).toBe(0);
    expect(samples).toBeGreaterThan(6_000);
    await reader.close();
  }

  builtTest(`${NO_ROOM}, where files may not be longer`, async () => {
    const output = path("full.rec");
    // files of this shell and its children end at 64 blocks of 1,024 bytes; the signal for that is ignored
    const script = `ulimit -f 64; trap '' XFSZ; exec "$0" "$1" record sim:vibration -o "$2"`;
    const ran = spawnSync("bash", ["-c", script, process.execPath, MAIN, output], {
      encoding: "utf8",
    });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toMatch(/IO: .*no room after \d+ bytes \(EFBIG\)/);
    await expectWhole(output);
  });

  testUnless(NOT_BUILT ?? withoutDisks())(`${NO_ROOM}, on a disk that is full`, async () => {
    await onSmallDisk(64, async (disk) => {
      const output = join(disk, "full.rec");
      const args = [MAIN, "record", "sim:vibration", "-o", output];
      const ran = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(
        /^IO: .*no room after \d+ bytes \(ENOSPC\).*is whole; make room, or record elsewhere\.$/m,
      );
      await expectWhole(output);
    });
  });
});
