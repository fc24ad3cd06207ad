// Read two schemas from each line of the input, and print whether they are compatible.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// The library in the service's node_modules, because this script may be installed elsewhere.
const library = createRequire(resolve("package.json")).resolve("jsoncompat");
const { default: load, check_compat: check } = await import(pathToFileURL(library));
await load({ module_or_path: readFileSync(library.replace(/\.js$/, "_bg.wasm")) });

for await (const line of createInterface({ input: process.stdin })) {
  const { before, after, role } = JSON.parse(line);
  let compatible = false;
  try {
    compatible = check(JSON.stringify(before), JSON.stringify(after), role);
  } catch {
    // The library can't compare a keyword, so the change counts as breaking.
  }
  console.log(compatible);
}
