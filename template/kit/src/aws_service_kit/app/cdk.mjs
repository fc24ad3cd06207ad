// Run the CDK's command line without `~/.cdk.json`: `node cdk.mjs SERVICE ARGUMENTS`, of the service's folder.
//
// The command line merges that file's context, tags, roles and plugins into every command, and has no option
// against it. It looks for the file in `os.homedir()`. Credentials are found by other ways, and stay as they are.
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

const [service] = process.argv.splice(2, 1);
os.homedir = () => os.devNull;
// After a synthesis of several stacks, the command line prints all their ids as a hint, even with `--quiet`.
const HINT = /^Supply a stack id \(/;
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (text, ...rest) => HINT.test(stripVTControlCharacters(`${text}`)) || write(text, ...rest);
}
try {
  createRequire(path.resolve(service, "package.json"))("aws-cdk/bin/cdk");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  console.error("The CDK's command line is missing: run `python3 dev.py setup`.");
  process.exitCode = 1;
}
