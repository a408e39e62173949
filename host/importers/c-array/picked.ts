/** `model.cc#g_model` is the array g_model of model.cc. Imports nothing: a command line asks before it reads anything. */
const PICKED = /^(.+)#([A-Za-z_]\w*)$/s;

export function pickedArray(name: string): {
  readonly file: string;
  /** null where none is named */
  readonly array: string | null;
} {
  const [, file, array] = PICKED.exec(name) ?? [];
  return file === undefined || array === undefined ? { file: name, array: null } : { file, array };
}
