/** The importer's names of operators and types against the codes that the tests write. */
import { expect, test } from "vitest";
import { OPERATOR_NAMES, TYPE_NAMES } from "../../../../host/importers/tflite/schema.ts";
import { OPERATOR_CODES, TYPE_CODES } from "../../../support/tflite-codes.ts";

test.each(Object.entries(OPERATOR_CODES))("operator %s is %i", (name, code) => {
  expect(OPERATOR_NAMES[code]).toBe(name);
});

test.each(Object.entries(TYPE_CODES))("type %s is %i", (name, code) => {
  expect(TYPE_NAMES[code]).toBe(name);
});
