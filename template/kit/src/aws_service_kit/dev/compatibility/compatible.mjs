// Read a comparison from each line of the input, and print whether the schemas are compatible.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// The service's own library, wherever this script lies.
const library = createRequire(resolve("package.json")).resolve("jsoncompat");
const { default: load, check_compat: check } = await import(pathToFileURL(library));
await load({ module_or_path: readFileSync(library.replace(/\.js$/, "_bg.wasm")) });

for await (const line of createInterface({ input: process.stdin })) {
  const { before, after, role } = JSON.parse(line);
  let compatible = false;
  try {
    compatible = check(JSON.stringify(before), JSON.stringify(after), role);
  } catch {
    // A keyword that the library can't compare: a person decides.
  }
  console.log(compatible);
}
