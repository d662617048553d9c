// Reads Kubernetes objects (a JSON array in a file) and prints what their JSON schemas say is wrong, one line each.
// Run in a folder that has the npm packages kubernetes-models and @kubernetes-models/keda.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const load = createRequire(`${process.cwd()}/`);

for (const object of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const { apiVersion, kind, metadata } = object;
  const path = apiVersion.startsWith('keda.sh/') ? `@kubernetes-models/keda/${apiVersion}` : `kubernetes-models/${apiVersion}`;
  try {
    new (load(path)[kind])(object).validate();
  } catch (error) {
    console.log(`${kind} ${metadata.name}: ${error.message}`);
  }
}
