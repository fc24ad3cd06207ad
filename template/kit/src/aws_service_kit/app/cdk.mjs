// Run the CDK's command line without `~/.cdk.json`: `node cdk.mjs SERVICE ARGUMENTS`, of the service's folder.
//
// The command line merges that file's context, tags, roles and plugins into every command, and has no option
// against it. It looks for the file in `os.homedir()`. Credentials are found by other ways, and stay as they are.
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const [service] = process.argv.splice(2, 1);
os.homedir = () => os.devNull;
try {
  createRequire(path.resolve(service, "package.json"))("aws-cdk/bin/cdk");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  console.error("The CDK's command line is missing: run `python3 dev.py setup`.");
  process.exitCode = 1;
}
