// Template-owned: updates rewrite this file (tooling/ownership.toml).
// Run the CDK's command line without `~/.cdk.json`: `node tooling/cdk.mjs synth`.
//
// The command line merges that file's context, tags, roles and plugins into every command, and has no option
// against it. It looks for the file in `os.homedir()`. Credentials are found by other ways, and stay as they are.
import { createRequire } from "node:module";
import os from "node:os";

os.homedir = () => os.devNull;
try {
  createRequire(import.meta.url)("aws-cdk/bin/cdk");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  console.error("The CDK's command line is missing: run `python3 dev.py setup`.");
  process.exitCode = 1;
}
