// Print the resources that differ between two cloud assemblies, and CloudFormation's action for each.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

// The library in the service's node_modules, because this script may be installed elsewhere.
const { fullDiff } = createRequire(resolve("package.json"))("@aws-cdk/cloudformation-diff");

const read = (file) => JSON.parse(readFileSync(file, "utf8"));

/** The templates of an assembly by environment and stack, such as `dev/storage`. */
function templates(assembly) {
  const found = {};
  for (const stage of readdirSync(assembly).filter((name) => name.startsWith("assembly-"))) {
    const { artifacts } = read(join(assembly, stage, "manifest.json"));
    for (const { type, displayName, properties } of Object.values(artifacts)) {
      if (type === "aws:cloudformation:stack") {
        found[displayName] = read(join(assembly, stage, properties.templateFile));
      }
    }
  }
  return found;
}

const [before, after] = process.argv.slice(2).map(templates);
const differences = [];
for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
  const { resources } = fullDiff(before[name] ?? { Resources: {} }, after[name] ?? { Resources: {} });
  resources.forEachDifference((logicalId, change) => {
    const properties = Object.keys(change.propertyUpdates).filter((key) => change.propertyUpdates[key].isDifferent);
    differences.push({
      stack: name,
      logical_id: logicalId,
      type: change.oldResourceType ?? change.newResourceType,
      impact: change.changeImpact,
      properties: change.isUpdate ? properties : [],
    });
  });
}
console.log(JSON.stringify(differences));
