/** `doctor`: what this computer offers to sensors and meters, what is in the way, and the one command that mends it. */
import type { Command } from "commander";
import { problem, TwentyWattError } from "../errors.ts";
import { boardModel, textOf } from "../linux/files.ts";
import { labelled, plural, table } from "../text.ts";
import { instrumentLines } from "./devices.ts";
import type { Finding } from "./doctor-checks.ts";
import type { Patient } from "./doctor-host.ts";
import { withExamples } from "./help.ts";
import { type Result, type Session, Unfinished } from "./result.ts";

export const define = (command: Command): Command =>
  withExamples(
    command.description(
      "say what keeps sensors, ports and meters of this computer from working, each with one command; changes nothing",
    ),
    [
      { what: "what is in the way", line: "twentywatt doctor" },
      { what: "for a report of a bug", line: "twentywatt doctor --json" },
    ],
  );

export async function run({ io }: Session): Promise<Result> {
  const { patient } = await import("./doctor-host.ts");
  const { listPorts } = await import("../lines/index.ts");
  const { settingsFile } = await import("../power/index.ts");
  return examine(patient("/", { settingsFile: settingsFile(io.env) }), await listPorts());
}

/** The answer to what was asked, in one line. */
function verdict(findings: readonly Finding[]): string {
  const of = (level: Finding["level"]) => findings.filter((one) => one.level === level).length;
  const [problems, warnings] = [of("problem"), of("warning")];
  const more = warnings > 0 ? `${plural(warnings, "warning")} above, with a command for each` : "";
  if (problems > 0) {
    return `${plural(problems, "problem")} in the way, with a command for each${warnings > 0 ? `; ${plural(warnings, "warning")}` : ""}`;
  }
  return `nothing is in the way of what is plugged in${more && `; ${more}`}`;
}

/**
 * @param ports of the computer, as host/lines lists them
 * @throws Unfinished with the whole result where a problem stands
 */
export async function examine(
  who: Patient,
  ports: readonly import("../lines/index.ts").PortInfo[],
): Promise<Result> {
  const checks = await import("./doctor-checks.ts");
  const own = await import("./doctor-meters.ts");
  const { groupNames } = await import("./doctor-host.ts");
  const { metersHere } = await import("../power/index.ts");
  const { sensorsHere } = await import("./instruments.ts");
  const { gpioSupport } = await import("../sensors/gpio.ts");
  const support = await gpioSupport(who.gpio);
  const findings: Finding[] = [
    ...checks.gpioFindings(who, support),
    ...(await checks.lineFindings(who, support)),
    ...checks.serialFindings(who, own.meterPorts(ports)),
    ...checks.i2cFindings(who),
    ...checks.microphoneFindings(who),
    ...checks.hidFindings(who),
    ...own.meterPortFindings(who, ports),
    ...own.pmicFindings(who),
    ...(await own.settingsFindings(who, ports)),
    ...checks.raplFindings(who),
    ...checks.supplyFindings(who),
    ...(await checks.packageFindings(who)),
  ];
  const host = {
    model: boardModel(who.root),
    kernel: textOf(who.root, "proc/sys/kernel/osrelease"),
    ...{ node: process.version, arch: process.arch },
    ...{ user: who.user, groups: groupNames(who) },
  };
  const sensors = await sensorsHere(ports, support);
  const meters = await metersHere({ root: who.root });
  const chips = support.chips.map(({ chip, label, lines, base, backend }) => [
    ...[chip, label, `${lines} lines`, base === null ? "no sysfs" : `base ${base}`, backend],
  ]);
  const result: Result = {
    json: { host, gpio: support.chips, findings, sensors, meters },
    text: [
      ...labelled("host", [
        `${host.model ?? "no device tree"}, Linux ${host.kernel ?? "unknown"}, Node ${host.node} on ${host.arch}`,
        `user ${host.user}, groups ${host.groups.join(", ")}`,
      ]),
      ...labelled("gpio", table(chips, ["left", "left", "right", "left", "left"])),
      ...findings.flatMap(({ level, what, where, fix }) =>
        // of what is well, a command looks like something to do
        labelled(level, [`${where}: ${what}`, ...(level === "ok" ? [] : [`$ ${fix}`])]),
      ),
      ...instrumentLines(sensors, meters),
      ...labelled("verdict", [verdict(findings)]),
    ],
  };
  const standing = findings.filter(({ level }) => level === "problem");
  if (standing.length === 0) return result;
  const problems = standing.map(({ where, what, fix }) =>
    problem("HOST_PROBLEM", where, what, "a device that can be used", `Run \`${fix}\`.`),
  );
  throw new Unfinished(result, new TwentyWattError(problems));
}
