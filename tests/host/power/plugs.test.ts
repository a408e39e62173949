/** Plugs on this computer's own network: answers as their makers document them, and all that is no such answer. */
import { afterEach, describe, expect, test } from "vitest";
import { mulberry32 } from "../../../host/model/random.ts";
import { chooseMeter } from "../../../host/power/auto.ts";
import type { PowerMeter, PowerSample } from "../../../host/power/meter.ts";
import { openMeter, openPower } from "../../../host/power/open.ts";
import { newerReading, olderReading, openShelly } from "../../../host/power/shelly.ts";
import { openTasmota, tasmotaReading } from "../../../host/power/tasmota.ts";
import { parseUri, type Uri } from "../../../host/uri.ts";
import {
  answering,
  type PlugServer,
  plugServer,
  type Reply,
  rawServer,
} from "../../support/plug-server.ts";
import { fakeTime } from "../../support/powercap.ts";

const servers: PlugServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
async function serving(reply: Reply): Promise<PlugServer> {
  const made = await plugServer(reply);
  servers.push(made);
  return made;
}

/** Of the second generation, as its documentation has it. */
const SWITCH = {
  ...{ id: 0, source: "init", output: true, apower: 8.9, voltage: 237.5, current: 0.059 },
  aenergy: { total: 6.532, by_minute: [45.199, 47.141, 88.397], minute_ts: 1_626_935_779 },
  temperature: { tC: 23.5, tF: 74.4 },
};
const GEN2 = {
  "/shelly": { id: "shellyplugsg3-1", model: "S3PL-00112EU", gen: 3, auth_en: false },
  "/rpc/Switch.GetStatus?id=0": SWITCH,
};
const METER = { power: 2.21, is_valid: true, timestamp: 1_680_779_310, counters: [2.1], total: 9 };
const GEN1 = {
  "/shelly": { type: "SHPLG-S", mac: "E868E7000000", auth: false, num_meters: 1 },
  "/status": { relays: [{ ison: true }], meters: [METER], uptime: 18_961_214 },
};
const energy = (more: object) => ({
  StatusSNS: {
    Time: "2026-02-15T01:00:50",
    ENERGY: { Total: 3.185, Today: 0.1, Power: 12, Voltage: 230, Current: 0.052, ...more },
  },
});
const TASMOTA = { "/cm?cmnd=Status%2010": energy({}) };

async function first(uri: string) {
  const { clock, every } = fakeTime();
  const meter = await openPower(uri, { clock, every });
  for await (const { watts, volts, amps } of meter.samples()) {
    await meter.close();
    return { watts, volts, amps, facts: meter.facts };
  }
  throw new Error("no reading");
}

describe("watts", () => {
  test("Shelly of the second generation and later", async () => {
    const { host, asked } = await serving(answering(GEN2));
    const { watts, volts, amps, facts } = await first(`shelly:${host}`);
    expect([watts, volts, amps]).toEqual([8.9, 237.5, 0.059]);
    expect(facts).toMatchObject({
      name: `Shelly S3PL-00112EU at ${host}, channel 0`,
      scope: "wall",
      quality: "measured",
      doesNotInclude: [],
    });
    expect(asked.slice(0, 2)).toEqual(["/shelly", "/rpc/Switch.GetStatus?id=0"]);
  });

  test("one that only measures: PM1, where there is no Switch", async () => {
    const pm1 = { id: 1, voltage: 229, current: 1.5, apower: -343.5 };
    const answers = { "/shelly": { gen: 3 }, "/rpc/PM1.GetStatus?id=1": pm1 };
    const { host } = await serving(answering(answers));
    expect((await first(`shelly:${host}?channel=1`)).watts).toBe(-343.5);
  });

  test("Shelly of the first generation", async () => {
    const { host } = await serving(answering(GEN1));
    const { watts, facts } = await first(`shelly:${host}`);
    expect(watts).toBe(2.21);
    expect(facts.name).toContain("SHPLG-S");
    const second = { ...METER, power: 40 };
    const em = { "/shelly": { type: "SHEM" }, "/status": { emeters: [METER, second] } };
    const other = await serving(answering(em));
    expect((await first(`shelly:${other.host}?channel=1`)).watts).toBe(40);
  });

  test("Tasmota, whose whole watts are said to be such", async () => {
    const { host } = await serving(answering(TASMOTA));
    const { watts, volts, amps, facts } = await first(`tasmota:${host}`);
    expect([watts, volts, amps]).toEqual([12, 230, 0.052]);
    expect(facts.accuracy.offsetWatts).toBe(1);
    expect(facts.notes.join()).toContain("WattRes 2");
  });

  test("Tasmota of old: Status 8", async () => {
    const old = {
      "/cm?cmnd=Status%2010": { Command: "Unknown" },
      "/cm?cmnd=Status%208": energy({ Power: 4.25 }),
    };
    const { host, asked } = await serving(answering(old));
    const { watts, facts } = await first(`tasmota:${host}`);
    expect(watts).toBe(4.25);
    expect(facts.accuracy.offsetWatts).toBe(0.5);
    expect(asked).toEqual(["/cm?cmnd=Status%2010", ...Array(3).fill("/cm?cmnd=Status%208")]);
  });

  test("Tasmota with several channels: one has to be named", async () => {
    const two = { "/cm?cmnd=Status%2010": energy({ Power: [7, 3], Current: [0.03, 0.01] }) };
    const { host } = await serving(answering(two));
    await expect(openPower(`tasmota:${host}`)).rejects.toThrow(
      /2 channels, expected \?channel=0 or \?channel=1/,
    );
    const { watts, volts, amps } = await first(`tasmota:${host}?channel=1`);
    expect([watts, volts, amps]).toEqual([3, 230, 0.01]);
    await expect(openPower(`tasmota:${host}?channel=2`)).rejects.toThrow(/METER_MISSING/);
  });

  test("a window in joules, negative watts too: what flows back is not made positive", async () => {
    const back = { ...GEN2, "/rpc/Switch.GetStatus?id=0": { ...SWITCH, apower: -3 } };
    const { host } = await serving(answering(back));
    const meter = await openMeter(`shelly:${host}`);
    await meter.start();
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const { joules, seconds, coverage } = await meter.stop();
    await meter.close();
    expect(joules.value / seconds / coverage).toBeCloseTo(-3, 9);
  });

  test("a question that fails is lost, ten of them are the end", async () => {
    let n = 0;
    const { host } = await serving((request, response) => {
      const ill = ++n > 3 && n !== 6;
      if (ill) response.writeHead(500).end("restarting");
      else answering(GEN2)(request, response);
    });
    const { clock, every, pass } = fakeTime();
    const meter = await openPower(`shelly:${host}`, { clock, every });
    const samples: PowerSample[] = [];
    const reading = (async () => {
      for await (const sample of meter.samples()) samples.push(sample);
    })();
    let over: unknown = null;
    reading.catch((error: unknown) => {
      over = error;
    });
    while (over === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      pass(1);
    }
    await meter.close();
    expect(samples.map(({ lost }) => lost)).toEqual([2]);
    expect(over).toMatchObject({
      code: "METER_MISSING",
      message: expect.stringContaining("status 500"),
    });
  });
});

describe("what is no such answer", () => {
  const KINDS = ["shelly", "tasmota"] as const;
  const open = (
    kind: (typeof KINDS)[number],
    host: string,
    patienceMs = 400,
  ): Promise<PowerMeter> => {
    const uri = parseUri(`${kind}:${host}`) as Uri;
    return kind === "shelly" ? openShelly(uri, { patienceMs }) : openTasmota(uri, { patienceMs });
  };

  const LOGIN = "<!DOCTYPE html><html><title>Router</title><script>alert(1)</script></html>";
  const asText =
    (status: number, body: string, headers: Record<string, string> = {}): Reply =>
    (_request, response) => {
      response.writeHead(status, headers).end(body);
    };
  test.each<[string, Reply, RegExp]>([
    ["200 with a web page", asText(200, LOGIN), /got a web page, .*router/],
    ["nothing", asText(200, ""), /got nothing/],
    ["a list", asText(200, "[1]"), /\[1\]/],
    ["a number", asText(200, "12"), /METER_MISSING/],
    ["null", asText(200, "null"), /METER_MISSING/],
    ["JSON that ends too early", asText(200, '{"StatusSNS":{"ENERGY":{"Power":1'), /StatusSNS/],
    ["a password", asText(401, "", { "www-authenticate": "Basic" }), /401: it asks for a password/],
    ["403", asText(403, "{}"), /password/],
    ["500", asText(500, "{}"), /status 500/],
    ["204", asText(204, ""), /status 204/],
    ["a whole object without watts", asText(200, '{"gen":2,"auth":true}'), /METER_MISSING/],
    [
      "null in the place of everything",
      asText(200, '{"gen":null,"meters":null,"StatusSNS":null}'),
      /METER_MISSING/,
    ],
    [
      "Tasmota's own words for a password",
      asText(200, '{"WARNING":"Need user=<username>&password=<password>"}'),
      /METER_MISSING/,
    ],
    ["power as text", asText(200, '{"meters":[{"power":"4","is_valid":true}]}'), /METER_MISSING/],
    ["not valid", asText(200, '{"meters":[{"power":4,"is_valid":false}]}'), /METER_MISSING/],
    [
      "more than a double",
      asText(200, '{"meters":[{"power":1e999,"is_valid":true}]}'),
      /METER_MISSING/,
    ],
  ])("%s", async (_, reply, message) => {
    for (const kind of KINDS) {
      const { host } = await serving(reply);
      await expect(open(kind, host)).rejects.toThrow(message);
      await expect(open(kind, host)).rejects.toThrow(
        new RegExp(`^METER_MISSING: --meter ${kind}:127`),
      );
    }
  });

  test("a redirection is never followed, wherever it leads", async () => {
    const target = await serving(answering({ ...GEN2, ...TASMOTA }));
    for (const status of [301, 302, 303, 307, 308]) {
      for (const kind of KINDS) {
        const { host } = await serving(({ url }, response) => {
          response.writeHead(status, { location: `http://${target.host}${url}` }).end();
        });
        await expect(open(kind, host)).rejects.toThrow(/leads elsewhere and is not followed/);
      }
    }
    expect(target.asked).toEqual([]);
  });

  test("answers without an end, of many bytes and of few; no answer at all", async () => {
    for (const kind of KINDS) {
      const many = await serving((_request, response) => {
        const more = setInterval(() => response.write(" ".repeat(1 << 14)), 1);
        response.on("close", () => clearInterval(more));
      });
      await expect(open(kind, many.host, 20_000)).rejects.toThrow(/more than 65536 bytes/);
      const few = await serving((_request, response) => {
        const more = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(more));
      });
      await expect(open(kind, few.host)).rejects.toThrow(/no whole answer within 0.4 s/);
      const none = await serving(() => {});
      await expect(open(kind, none.host)).rejects.toThrow(/no whole answer within 0.4 s/);
    }
  });

  test("a connection that breaks off, one that is refused, and what is no HTTP", async () => {
    for (const kind of KINDS) {
      const cut = await serving((_request, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write('{"gen":2', () => response.destroy());
      });
      await expect(open(kind, cut.host)).rejects.toThrow(/ended too early/);
      const ssh = await rawServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
      servers.push(ssh);
      await expect(open(kind, ssh.host)).rejects.toThrow(/no HTTP/);
      const headers = await rawServer((socket) =>
        socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
      );
      servers.push(headers);
      await expect(open(kind, headers.host)).rejects.toThrow(/METER_MISSING/);
      ssh.close();
      await expect(open(kind, ssh.host)).rejects.toThrow(/nobody at this address/);
    }
  });

  test("1,000 damaged answers: watts that are a number, or a coded refusal", () => {
    const random = mulberry32(1000);
    const texts = [SWITCH, GEN1["/status"], energy({ Power: [1, 2.5] })].map((answer) =>
      JSON.stringify(answer),
    );
    const values = ["null", "true", "-1", '"x"', "[]", "{}", "1e999", "-0", "[null]", "1e-300"];
    let [read, refused] = [0, 0];
    for (let k = 0; k < 1000; k++) {
      const text = texts[k % texts.length] ?? "";
      const places = [...text.matchAll(/(?<=":)[^,{}[\]]+/g)];
      const place = places[Math.floor(random() * places.length)];
      const value = values[Math.floor(random() * values.length)] ?? "";
      const from = place?.index ?? 0;
      const damaged = text.slice(0, from) + value + text.slice(from + (place?.[0].length ?? 0));
      const answer = JSON.parse(damaged);
      for (const reading of [
        () => newerReading("shelly:x", answer),
        () => olderReading("shelly:x", answer, 0),
        () => tasmotaReading("tasmota:x", answer, Math.floor(random() * 3)),
      ]) {
        try {
          const { watts, volts, amps } = reading();
          read += 1;
          for (const number of [watts, volts ?? 0, amps ?? 0]) {
            if (!Number.isFinite(number)) throw new Error(`${number} of ${damaged}`);
          }
        } catch (error) {
          if (!String(error).includes("METER_MISSING")) throw error;
          refused += 1;
        }
      }
    }
    expect(read).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });
});

describe("names", () => {
  test.each([
    ["shelly", /USAGE|METER_MISSING/],
    ["shelly:", /METER_MISSING|USAGE/],
    ["shelly:../../etc", /USAGE/],
    ["tasmota:http://plug", /USAGE/],
    ["tasmota:plug/cm?cmnd=Power", /USAGE/],
    ["shelly:plug?channel=1.5", /USAGE/],
    ["shelly:plug?channel=-1", /USAGE/],
    ["tasmota:plug?password=x", /USAGE/],
  ])("refused before anybody is asked: %s", async (uri, message) => {
    await expect(openPower(uri)).rejects.toThrow(message);
  });

  test("a password in the name is refused, and not repeated", async () => {
    for (const kind of ["shelly", "tasmota"]) {
      const error = await openPower(`${kind}:admin:secret@plug`).catch((caught: unknown) => caught);
      expect(String(error)).toMatch(/^TwentyWattError: USAGE.*passwords?/);
      expect(String(error)).not.toContain("secret");
    }
  });

  test("no network is searched: --meter auto asks nobody", async () => {
    const { asked } = await serving(answering(GEN2));
    await chooseMeter({ root: "/nonexistent" }).catch(() => {});
    expect(asked).toEqual([]);
  });
});
