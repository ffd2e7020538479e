import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminClient } from '../control-plane/admin-client.ts';

type Node = Readonly<Record<string, unknown>>;
interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What kubeconform calls `strict`: a key that the API server would drop without a word is an error. */
const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed);
  if (!isNode(node)) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  // IntOrString, as the API server's document says it.
  if (node['format'] === 'int-or-string') return { oneOf: [{ type: 'string' }, { type: 'integer' }] };
  const open = node['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in node;
  return isNode(node['properties']) && !open ? { ...inner, additionalProperties: false } : inner;
};

/** All that a definition refers to. */
const reachable = (definitions: Node, name: string, found = new Set<string>()): Set<string> => {
  if (found.has(name)) return found;
  found.add(name);
  const text = JSON.stringify(definitions[name]);
  for (const [, next = ''] of text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g))
    reachable(definitions, next, found);
  return found;
};

/**
 * Writes a JSON schema for each kind that this control plane knows, taken from its own `/openapi/v2`, and gives the
 * pattern by which kubeconform finds them.
 */
export const writeSchemas = async (admin: AdminClient, folder: string): Promise<string> => {
  const { body } = await admin.call('GET', '/openapi/v2');
  const definitions = (body as { definitions: Node }).definitions;
  await mkdir(folder, { recursive: true });
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = (definition as { 'x-kubernetes-group-version-kind'?: readonly Gvk[] })[
      'x-kubernetes-group-version-kind'
    ];
    if (kinds?.length !== 1) continue;
    const [{ group, version, kind }] = kinds as readonly [Gvk];
    const used = [...reachable(definitions, name)].map((one) => [one, closed(definitions[one])]);
    const schema = { $ref: `#/definitions/${name}`, definitions: Object.fromEntries(used) as Node };
    const file = [kind.toLowerCase(), ...(group === '' ? [] : [group.split('.')[0]]), version].join('-');
    await writeFile(join(folder, `${file}.json`), JSON.stringify(schema));
  }
  return join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
};
