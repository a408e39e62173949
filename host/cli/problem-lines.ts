/** Problems as text: one a line, and those that differ in their place alone together, so that fifteen layers are one line. */
import { describe, type Problem } from "../errors.ts";
import { plural } from "../text.ts";

/** From so many on, equal ones are said once. */
const MANY = 3;

export function problemLines(problems: readonly Problem[]): string[] {
  const kinds = new Map<string, Problem[]>();
  for (const one of problems) {
    const key = JSON.stringify([one.code, one.expected, one.remedy]);
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  const groups = [...kinds.values()];
  if (groups.every((group) => group.length < MANY)) return problems.map(describe);
  const summary = `${plural(problems.length, "problem")}${groups.length > 1 ? ` of ${groups.length} kinds` : " of one kind"}:`;
  return [summary, ...groups.flatMap(groupLines)];
}

function groupLines(group: readonly Problem[]): string[] {
  const [first] = group;
  if (first === undefined || group.length < MANY) return group.map(describe);
  const { code, expected, remedy } = first;
  const shared = sharedPlace(group.map(({ where }) => where));
  const places = group.map(({ where }) => where.slice(shared.length));
  const gots = [...new Set(group.map(({ got }) => got))];
  const [got] = gots;
  const where = `${code}: ${shared}${plural(group.length, "place")}`;
  return gots.length === 1 && got !== undefined
    ? [`${where}: got ${got}, expected ${expected}. ${remedy}`, `  ${places.join(", ")}`]
    : [
        `${where}, expected ${expected}. ${remedy}`,
        ...gots.map((one) => {
          const there = places.filter((_, k) => group[k]?.got === one);
          return `  got ${one}: ${there.join(", ")}`;
        }),
      ];
}

/** "model.tflite: ", where every place begins with it. */
function sharedPlace(places: readonly string[]): string {
  const [first = ""] = places;
  const start = first.slice(0, first.indexOf(": ") + 2);
  return start.endsWith(": ") && places.every((place) => place.startsWith(start)) ? start : "";
}
