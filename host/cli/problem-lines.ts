/**
 * Problems as text: those that differ in their place alone are said together, each thing that was found once with the
 * first places it was found at, so that fifteen layers are one line and a refused model is a page. --json has them all.
 */
import { describe, type Problem } from "../errors.ts";
import { plural } from "../text.ts";

/** From so many on, equal ones are said once; of what says a long list, from two on. */
const MANY = 3;
const LONG_EXPECTATION = 80;
/** Places that are named of so many. */
const NAMED = 3;
/** A screen of a small terminal. */
const MOST_LINES = 25;

export function problemLines(problems: readonly Problem[]): string[] {
  const kinds = new Map<string, Problem[]>();
  for (const one of problems) {
    const key = JSON.stringify([one.code, one.expected, one.remedy]);
    kinds.set(key, [...(kinds.get(key) ?? []), one]);
  }
  const groups = [...kinds.values()];
  if (problems.length <= MOST_LINES && !groups.some(isMany)) return problems.map(describe);
  const summary = `${plural(problems.length, "problem")}${groups.length > 1 ? ` of ${groups.length} kinds` : " of one kind"}:`;
  return [summary, ...shortened(groups.map(groupLines))];
}

function isMany(group: readonly Problem[]): boolean {
  const long = (group[0]?.expected.length ?? 0) > LONG_EXPECTATION;
  return group.length >= (long ? 2 : MANY);
}

/** Whole groups, as many as there is room for; the first gets what it needs of it. */
function shortened(groups: readonly (readonly string[])[]): string[] {
  const lines = groups.flat();
  if (lines.length < MOST_LINES) return lines;
  const shown = lines.slice(0, MOST_LINES - 2);
  return [
    ...shown,
    `… ${plural(lines.length - shown.length, "line")} more; --json lists every problem.`,
  ];
}

function groupLines(group: readonly Problem[]): string[] {
  const [first] = group;
  if (first === undefined || !isMany(group)) return group.map(describe);
  const { code, expected, remedy } = first;
  const shared = sharedPlace(group.map(({ where }) => where));
  const gots = [...new Set(group.map(({ got }) => got))];
  const [got] = gots;
  const placesOf = (one: string): string =>
    named(
      group
        .filter((problem) => problem.got === one)
        .map(({ where }) => withoutKind(where.slice(shared.length), one)),
    );
  const where = `${code}: ${shared}${plural(group.length, "place")}`;
  return gots.length === 1 && got !== undefined
    ? [`${where}: got ${got}, expected ${expected}. ${remedy}`, `  ${placesOf(got)}`]
    : [
        `${where}, expected ${expected}. ${remedy}`,
        ...gots.map((one) => {
          const times = group.filter((problem) => problem.got === one).length;
          return `  got ${one}${times > 1 ? `, ${times} times` : ""}: ${placesOf(one)}`;
        }),
      ];
}

/** All of a few places, the first of many. */
function named(places: readonly string[]): string {
  const more = places.length - NAMED;
  if (more <= 1) return places.join(", ");
  return `${places.slice(0, NAMED).join(", ")} and ${more} more`;
}

/** Of an operator that nobody supports the layer is enough: its kind is what was found. */
function withoutKind(place: string, got: string): string {
  const [, kind, layer] = /^operator \d+ \((.+?)\), layer (.+)$/s.exec(place) ?? [];
  return kind === got && layer !== undefined ? layer : place;
}

/** "model.tflite: ", where every place begins with it. */
function sharedPlace(places: readonly string[]): string {
  const [first = ""] = places;
  const start = first.slice(0, first.indexOf(": ") + 2);
  return start.endsWith(": ") && places.every((place) => place.startsWith(start)) ? start : "";
}
