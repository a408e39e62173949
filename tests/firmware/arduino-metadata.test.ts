/**
 * What PlatformIO and ESP-IDF read of the library, against what they publish of it. Neither builds it here.
 * PlatformIO: platformio/assets/schema/library.json of platformio-core, which docs.platformio.org names as the schema.
 * ESP-IDF: docs.espressif.com/projects/idf-component-manager, reference, idf_component.yml. Arduino: library specification 1.5.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { FIRMWARE } from "../../host/firmware/index.ts";
import { librariesFolder } from "../support/arduino-library.ts";
import { missingFeature } from "../support/packages.mjs";
import { testUnless } from "../support/skip.ts";

const text = (file: string): string => readFileSync(join(FIRMWARE, "arduino", file), "utf8");
const words = (maxLength: number) => ({ type: "string", minLength: 1, maxLength });
const texts = { type: "array", minItems: 1, items: { type: "string" } };

/** The fields that ours has; the published schema knows more. */
const PLATFORMIO = {
  type: "object",
  additionalProperties: false,
  required: ["name", "version", "description", "keywords", "authors"],
  properties: {
    name: { ...words(50), pattern: "^[^:;/,@<>]+$" },
    version: { ...words(20), pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+" },
    description: words(255),
    keywords: texts,
    authors: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name"],
        properties: { name: { type: "string" }, maintainer: { type: "boolean" } },
      },
    },
    license: { type: "string" },
    frameworks: texts,
    platforms: { type: "string" },
    headers: texts,
    examples: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["files"],
        properties: { name: { type: "string" }, base: { type: "string" }, files: texts },
      },
    },
  },
};

test("library.json is one for PlatformIO", () => {
  const validate = new Ajv({ strict: false }).compile(PLATFORMIO);
  const json = JSON.parse(text("library.json"));
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...json, version: 1 })).toBe(false);
  expect(validate({ ...json, name: "a/b" })).toBe(false);
});

test("library.properties has the fields that Arduino asks for", () => {
  const fields = new Map(
    text("library.properties")
      .trimEnd()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  for (const name of ["name", "author", "maintainer", "sentence", "paragraph", "url"]) {
    expect(fields.get(name), name).toMatch(/\S/);
  }
  expect(fields.get("name")).toMatch(/^[A-Za-z][\w .-]{0,62}$/);
  expect(fields.get("category")).toBe("Data Processing");
  expect(fields.get("architectures")).toBe("*");
});

test("idf_component.yml has keys that the component manager knows, and targets that there are", () => {
  const yml = text("idf_component.yml");
  const keys = [...yml.matchAll(/^(\w+):/gm)].map(([, key]) => key);
  const known = ["version", "description", "license", "tags", "targets", "dependencies"];
  expect(keys.filter((key) => !known.includes(key ?? ""))).toEqual([]);
  expect(yml).toMatch(/^version: "\d+\.\d+\.\d+"$/m);
  expect(yml).toMatch(/^license: MIT$/m);
  const targets = /^targets:\n((?: {2}- \w+\n)+)/m.exec(yml)?.[1] ?? "";
  expect(targets.match(/esp32(?:[sch]\d)?/g)?.length).toBe(targets.split("\n").length - 1);
  for (const tag of yml
    .match(/^tags:\n((?: {2}- .*\n)+)/m)?.[1]
    ?.trimEnd()
    .split("\n") ?? []) {
    expect(tag).toMatch(/^ {2}- [a-z0-9_-]{3,32}$/);
  }
});

/** What idf_component_register() is given, in ESP-IDF's place. */
const PROJECT = `cmake_minimum_required(VERSION 3.16)
project(beside NONE)
function(idf_component_register)
  cmake_parse_arguments(C "" "" "SRCS;INCLUDE_DIRS;REQUIRES" \${ARGN})
  list(LENGTH C_SRCS count)
  message(STATUS "sources \${count} include \${C_INCLUDE_DIRS} requires \${C_REQUIRES} rest \${C_UNPARSED_ARGUMENTS}.")
endfunction()
add_subdirectory(\${LIBRARY} component)
`;

testUnless(missingFeature("cmake"))("CMake configures the component of ESP-IDF", async () => {
  const folder = mkdtempSync(join(tmpdir(), "twentywatt-idf-"));
  try {
    writeFileSync(join(folder, "CMakeLists.txt"), PROJECT);
    const library = join(await librariesFolder(), "TwentyWatt");
    const said = execFileSync("cmake", [`-DLIBRARY=${library}`, "-B", join(folder, "b"), folder], {
      encoding: "utf8",
    });
    const [, count] =
      /sources (\d+) include src requires esp_partition;esp_hw_support rest \./.exec(said) ?? [];
    expect(Number(count), said).toBeGreaterThan(60);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
