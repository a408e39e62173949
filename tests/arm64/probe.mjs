/** Prints what this Node's engine computes exactly: Node 24 takes the sources as they are. */
import { relaxedHere } from "../../host/module/relaxed.ts";

console.log(process.arch, relaxedHere());
