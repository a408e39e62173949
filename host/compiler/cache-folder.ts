/** Where compiled modules are kept between runs. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `$XDG_CACHE_HOME/twentywatt`, or `~/.cache/twentywatt`. */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "twentywatt");
