/** A board on a pseudo-terminal that prints the same again and again. */
import { openPseudoTerminal } from "../../host/linux/pty.ts";
import { systemCalls } from "./system-calls.ts";

export { kernelTest } from "./system-calls.ts";

export function printing(text: string, ms: number): { path: string; close: () => void } {
  const terminal = openPseudoTerminal(systemCalls());
  const bytes = new TextEncoder().encode(text);
  const timer = setInterval(() => terminal.write(bytes), ms);
  return {
    path: terminal.path,
    close() {
      clearInterval(timer);
      terminal.close();
    },
  };
}
