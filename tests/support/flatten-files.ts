/** A small model and an input for it as files, for tests of the program. */
import { mulberry32 } from "../../host/model/random.ts";
import { folderOfFiles } from "./cli.ts";
import { FLATTEN } from "./small-models.ts";

/** shares one compilation between the tests */
export const BUILD = ["--build", "mvp"] as const;

const random = mulberry32(11);
/** 100 inputs */
export const bytes = Uint8Array.from({ length: 600 }, () => Math.floor(random() * 256));

export type FlattenFiles = ReturnType<typeof folderOfFiles> & {
  /** six bytes through, scale ½ */
  readonly model: string;
  readonly input: string;
};

export function flattenFiles(): FlattenFiles {
  const { file, path } = folderOfFiles();
  return { file, path, model: file("flatten.tflite", FLATTEN), input: file("in.bin", bytes) };
}
