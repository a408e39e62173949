/** Things that are opened one after the other, and are of use together only. */

/** Where one does not open, those before it are closed. */
export async function allOrNone<T extends { close(): Promise<void> }>(
  uris: readonly string[],
  open: (uri: string) => Promise<T>,
): Promise<readonly T[]> {
  const opened: T[] = [];
  try {
    for (const uri of uris) opened.push(await open(uri));
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw error;
  }
  return opened;
}
