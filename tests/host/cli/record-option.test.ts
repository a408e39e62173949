/** `run --record`: the name of its file may not lie about what is in it. */
import { describe, expect, test } from "vitest";
import { cli, failure, folderOfFiles } from "../../support/cli.ts";

const { path } = folderOfFiles();
const LIF = ["run", "net:lif", "--build", "mvp", "--steps", "3", "--record"] as const;

describe("--record writes csv, and only under a name that says so", () => {
  test.each([
    ["neuron.spikes=s.npy", ".events.csv"],
    ["neuron.v=v.npy", ".csv"],
    ["neuron.v=v.events.csv", ".csv"],
    ["neuron.spikes=s.bin", ".events.csv"],
  ])("%s is refused", async (request, own) => {
    const [name, at] = request.split("=") as [string, string];
    const { code, errors } = await failure(...LIF, `${name}=${path(at)}`);
    expect([code, errors[0]?.code]).toEqual([2, "USAGE"]);
    expect(errors[0]?.remedy).toBe(`Write --record ${name}=FILE${own}.`);
  });

  test.each([
    "neuron.spikes=a.EVENTS.csv",
    "neuron.spikes=b.csv",
    "neuron.v=c.csv",
    "neuron.v=d",
    "neuron.v=e.0",
  ])("%s is written", async (request) => {
    const [name, at] = request.split("=") as [string, string];
    expect((await cli([...LIF, `${name}=${path(at)}`])).code).toBe(0);
  });
});
