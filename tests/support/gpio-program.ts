/**
 * A program that listens to a line, as a process of its own: an event comes while it waits, and once it waits again it
 * ends as its argument says. "close" closes the sensor and has nothing left to do, "exit" ends in the middle of an
 * iteration.
 */
import { openGpio } from "../../host/sensors/gpio.ts";
import { type WaitUntil, waitInRealTime } from "../../host/sensors/wait.ts";
import { systemClock } from "../../host/units.ts";
import { parseUri } from "../../host/uri.ts";
import { eventBytes, GpioKernel } from "./gpio-kernel.ts";

const kernel = new GpioKernel({
  model: "Raspberry Pi 4 Model B Rev 1.4",
  chips: [{ device: "gpiochip0", label: "pinctrl-bcm2711", lines: 58, base: 512 }],
});
process.on("exit", () => kernel.remove());

const uri = parseUri("gpio:17");
if (!uri) throw new Error("no URI");
const wait = waitInRealTime(systemClock);
let [fed, seen] = [false, false];
const waitUntil: WaitUntil = (timeNs, signal) => {
  const waiting = wait(timeNs, signal);
  if (!fed) kernel.feed(eventBytes(1n, true, 17, 1));
  fed = true;
  if (seen && process.argv[2] === "exit") process.exit(0);
  if (seen) void sensor.close();
  return waiting;
};
const sensor = await openGpio(uri, { clock: systemClock, waitUntil, say: () => {} }, kernel.host());
for await (const { value } of sensor) {
  console.log(`event ${value}`);
  seen = true;
}
console.log("over");
