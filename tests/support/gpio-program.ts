/**
 * A program that listens to a line, as a process of its own: what ends it is what its argument says. "close" closes the
 * sensor and has nothing left to do, "exit" ends in the middle of an iteration.
 */
import { openGpio } from "../../host/sensors/gpio.ts";
import { sensorUri } from "../../host/sensors/uri.ts";
import { waitInRealTime } from "../../host/sensors/wait.ts";
import { systemClock } from "../../host/units.ts";
import { eventBytes, GpioKernel } from "./gpio-kernel.ts";

const kernel = new GpioKernel({
  model: "Raspberry Pi 4 Model B Rev 1.4",
  chips: [{ device: "gpiochip0", label: "pinctrl-bcm2711", lines: 58, base: 512 }],
});
process.on("exit", () => kernel.remove());

const uri = sensorUri("gpio:17");
if (!uri) throw new Error("no URI");
const sensor = await openGpio(
  uri,
  { clock: systemClock, waitUntil: waitInRealTime(systemClock), say: () => {} },
  kernel.host(),
);
setTimeout(() => kernel.feed(eventBytes(1n, true, 17, 1)), 10);
setTimeout(() => {
  if (process.argv[2] === "exit") process.exit(0);
  void sensor.close();
}, 60);
for await (const { value } of sensor) console.log(`event ${value}`);
console.log("over");
