/**
 * Writes deploy/install.yaml: the chart with its default values, for `kubectl apply -f`, without what only Helm needs.
 * With --check it only compares. Needs Go, of which Helm is built once.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Document, isMap, isScalar, parseAllDocuments, visit } from 'yaml';
import { findTool, helm4 } from '../test/tools/tools.ts';

const root = join(import.meta.dirname, '..');
const chart = join(root, 'deploy/charts/machine-client-operator');
const file = join(root, 'deploy/install.yaml');
const release = 'machine-client-operator';
const namespace = 'machine-client-system';

const head = `# Generated from deploy/charts/machine-client-operator by \`npm run manifest\`; do not edit.
#   kubectl apply --server-side -f deploy/install.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    app.kubernetes.io/name: ${release}
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
`;

/** Labels and annotations by which Helm knows its own. */
const ofHelm = [
  'helm.sh/chart',
  'helm.sh/resource-policy',
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/instance',
];

const withoutHelm = (document: Document.Parsed): string | undefined => {
  if (!isMap(document.contents) || document.hasIn(['metadata', 'annotations', 'helm.sh/hook']))
    return undefined;
  visit(document, {
    Pair: (_, pair) =>
      isScalar(pair.key) && ofHelm.includes(String(pair.key.value)) ? visit.REMOVE : undefined,
  });
  const annotations = document.getIn(['metadata', 'annotations']);
  if (isMap(annotations) && annotations.items.length === 0) document.deleteIn(['metadata', 'annotations']);
  // Where it came from, which Helm writes first.
  const comment = (document.commentBefore ?? document.contents.commentBefore ?? '').replace(
    /^ Source: .*\n?/,
    '',
  );
  document.commentBefore = null;
  document.contents.commentBefore = comment === '' ? null : comment;
  return document.toString({ lineWidth: 0 });
};

/** The manifest, as the chart says it now. */
export const installManifest = async (): Promise<string> => {
  const helm = await findTool(helm4);
  const args = ['template', release, chart, '--namespace', namespace];
  const { stdout } = await promisify(execFile)(helm, args, { maxBuffer: 64 << 20 });
  const documents = parseAllDocuments(stdout).flatMap((document) => withoutHelm(document) ?? []);
  return [head, ...documents].join('---\n');
};

if (import.meta.main) {
  const wanted = await installManifest();
  const same = (await readFile(file, 'utf8').catch(() => '')) === wanted;
  if (!same && process.argv.includes('--check')) {
    console.error('deploy/install.yaml differs from the chart; run `npm run manifest`');
    process.exitCode = 1;
  } else if (!same) await writeFile(file, wanted);
}
