/** A program that makes a pseudo-terminal and keeps both of its sides open, as many simulated devices do. */
import { openWithoutBlocking } from "../../host/linux/descriptor.ts";
import { loadSystemCalls } from "../../host/linux/libc.ts";
import { openPseudoTerminal } from "../../host/linux/pty.ts";

const { path } = openPseudoTerminal(await loadSystemCalls());
openWithoutBlocking(path);
console.log(path);
setInterval(() => {}, 1_000_000);
