import { describe, expect, test } from 'vitest';
import { readCrds, type Schema } from '../../helpers/install-crds.ts';
import { causesOf, collectionOf, type Kind, kinds, type Spec, useCluster } from './cluster.ts';
import type { Example, Transition } from './example.ts';
import { machineClientExamples, machineClientTransitions } from './machine-client-examples.ts';
import { clusterProviderExamples, providerExamples, providerTransitions } from './provider-examples.ts';

/** Each CEL rule by what it takes and what it refuses, and that no rule is without such an example. */

const { client, namespace, tryCreate, create } = useCluster('rules');

const tables: Readonly<Record<Kind, { examples: readonly Example[]; transitions: readonly Transition[] }>> = {
  MachineClient: { examples: machineClientExamples, transitions: machineClientTransitions },
  IdentityProvider: { examples: providerExamples, transitions: providerTransitions },
  ClusterIdentityProvider: { examples: clusterProviderExamples, transitions: providerTransitions },
};

interface Complaint {
  readonly at: string;
  readonly message: string;
}

const named = ({ at, message }: Complaint): string => `${at}: ${message}`;

/** What was complained of; a CEL message stands after `Invalid value: VALUE: `, and the value is of no interest. */
const complaints = (causes: ReturnType<typeof causesOf>, wanted: readonly Complaint[]): string[] =>
  causes.map(({ field, message }) => {
    const known = wanted.find(
      (complaint) => complaint.at === field && message.endsWith(`: ${complaint.message}`),
    );
    return known ? named(known) : named({ at: field, message });
  });

const rulesIn = (schema: Schema, at: string): Complaint[] => [
  ...(schema['x-kubernetes-validations'] ?? []).map(({ message }) => ({ at: at || '<nil>', message })),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    rulesIn(child, at ? `${at}.${name}` : name),
  ),
  ...(schema.items ? rulesIn(schema.items, `${at}[]`) : []),
  ...(schema.additionalProperties ? rulesIn(schema.additionalProperties, `${at}.*`) : []),
];

describe.each(kinds)('%s', (kind) => {
  const { examples, transitions } = tables[kind];

  test.each(examples)('at $at: $message', async (example) => {
    for (const spec of example.accepted) {
      const answer = await tryCreate(kind, spec);
      expect(causesOf(answer), JSON.stringify(spec)).toEqual([]);
      expect(answer.status, answer.body.message).toBe(201);
    }
    const wanted = [example, ...(example.also ?? [])];
    for (const spec of example.refused) {
      const answer = await tryCreate(kind, spec);
      expect(answer.status, JSON.stringify(spec)).toBe(422);
      expect(complaints(causesOf(answer), wanted).sort(), JSON.stringify(spec)).toEqual(
        wanted.map(named).sort(),
      );
    }
  });

  test.each(transitions)('a change at $at, $because: $message', async (transition) => {
    const made = await create(kind, transition.before);
    expect(made.status, made.body.message).toBe(201);
    const path = `${collectionOf(kind, namespace)}/${made.body.metadata.name}`;
    if (transition.status) {
      const written = await client.call('PATCH', `${path}/status`, { status: transition.status });
      expect(written.status, written.body.message).toBe(200);
    }
    const { body: stored } = await client.call('GET', path);
    const change = (spec: Spec) => client.call('PUT', `${path}?dryRun=All`, { ...stored, spec });

    for (const spec of transition.accepted) {
      const answer = await change(spec);
      expect(answer.status, `${JSON.stringify(spec)} ${answer.body.message}`).toBe(200);
    }
    const wanted = [transition, ...(transition.also ?? [])];
    for (const spec of transition.refused) {
      const answer = await change(spec);
      expect(answer.status, JSON.stringify(spec)).toBe(422);
      expect(complaints(causesOf(answer), wanted).sort(), JSON.stringify(spec)).toEqual(
        wanted.map(named).sort(),
      );
    }
  });

  test('every rule has an example that it refuses', async () => {
    const definition = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
    const rules = rulesIn(definition?.spec.versions[0].schema.openAPIV3Schema ?? {}, '').map(named);
    const exercised = [...examples, ...transitions].filter(({ refused }) => refused.length > 0);
    const also = transitions.flatMap((transition) => transition.also ?? []);
    const shown = new Set([...exercised, ...also].map(named));
    expect([...shown].sort()).toEqual([...new Set(rules)].sort());
  });

  test('a rule at the root compares with the stored object, so that an object stored before it is not stuck', async () => {
    const definition = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
    const root = definition?.spec.versions[0].schema.openAPIV3Schema['x-kubernetes-validations'] ?? [];
    expect(root.filter(({ rule }) => !rule.includes('oldSelf'))).toEqual([]);
  });
});
