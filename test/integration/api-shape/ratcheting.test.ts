import { afterAll, describe, test } from 'vitest';
import { applyCrd, readCrds, type Schema } from '../../helpers/install-crds.ts';
import { collectionOf, type Kind, kinds, type Spec, uniqueName, useCluster } from './cluster.ts';
import { inOtherGroup, withSchema } from './copies.ts';
import { machineClientExamples } from './machine-client-examples.ts';
import { clusterProviderExamples, providerExamples } from './provider-examples.ts';
import { violationsOf } from './violations.ts';

/**
 * An object that was stored before a rule existed still takes the operator's writes: finalizer, annotation, status.
 * Without that, an upgrade of the definitions would leave objects that can neither be worked on nor be deleted.
 */

const { client, namespace } = useCluster('ratcheting');
const group = `${uniqueName('ratcheting')}.example.com`;
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const loosened = (schema: Schema): Schema => {
  const rules = /^(x-kubernetes-validations|pattern|enum|m(ax|in)(imum|Length|Items|Properties))$/;
  const kept = Object.entries(schema).filter(([keyword]) => !rules.test(keyword));
  const each = (children: Readonly<Record<string, Schema>>) =>
    Object.fromEntries(Object.entries(children).map(([name, child]) => [name, loosened(child)]));
  return {
    ...Object.fromEntries(kept),
    ...(schema.properties && { properties: each(schema.properties) }),
    ...(schema.items && { items: loosened(schema.items) }),
    ...(schema.additionalProperties && { additionalProperties: loosened(schema.additionalProperties) }),
  };
};

/** Kubernetes compares nothing below x-kubernetes-preserve-unknown-fields, so this bound can never be lowered. */
const FIXED = 'spec.customMetadata';

/** Every spec that the schema of today refuses, with what it refuses it for. */
const invalidSpecs = async (kind: Kind): Promise<{ why: string; spec: Spec }[]> => {
  const examples = {
    MachineClient: machineClientExamples,
    IdentityProvider: providerExamples,
    ClusterIdentityProvider: clusterProviderExamples,
  }[kind];
  const rules = examples.flatMap(({ at, message, refused }) =>
    refused.slice(0, 1).map((spec) => ({ why: `${at}: ${message}`, spec })),
  );
  const bounds = (await violationsOf(kind))
    // A field that comes to be required needs a default: the keys of a list, for one, are always asked for.
    .filter(({ keyword, at }) => keyword !== 'required' && at !== FIXED)
    .map(({ at, keyword, spec }) => ({ why: `${at}: ${keyword}`, spec }));
  return [...rules, ...bounds];
};

afterAll(async () => {
  const names = kinds.map((kind) => `${kind.toLowerCase()}s.${group}`);
  await Promise.all(names.map((name) => client.call('DELETE', `${definitions}/${name}`)));
});

describe.concurrent.each(kinds)('%s', (kind) => {
  test("takes the operator's writes although its spec is refused by now", async ({ expect }) => {
    const real = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
    if (!real) throw new Error(`crds/ has no ${kind}`);
    const copy = inOtherGroup(group, real);
    const collection = collectionOf(kind, namespace, group);
    const object = (name: string, spec: Spec) => ({
      apiVersion: `${group}/v1beta1`,
      kind,
      metadata: { name },
      spec,
    });

    await applyCrd(client, withSchema(copy, loosened));
    const invalid = await invalidSpecs(kind);
    const stored = new Map<string, string>();
    for (const [index, { why, spec }] of invalid.entries()) {
      const made = await client.call('POST', collection, object(`invalid-${index}`, spec));
      expect(made.status, `${why} ${made.body.message}`).toBe(201);
      stored.set(`invalid-${index}`, why);
    }

    await applyCrd(client, copy);
    const canary = object('canary', invalid[0]?.spec ?? {});
    const dryRun = () => client.call('POST', `${collection}?dryRun=All`, canary);
    await expect.poll(async () => (await dryRun()).status, { timeout: 30_000 }).toBe(422);

    for (const [name, why] of stored) {
      const path = `${collection}/${name}`;
      const metadata = { finalizers: [`${group}/upstream`], annotations: { [`${group}/operation`]: '1' } };
      const fenced = await client.call('PATCH', path, { metadata });
      expect(fenced.status, `${why} ${fenced.body.message}`).toBe(200);
      const status = await client.call('PATCH', `${path}/status`, { status: { observedGeneration: 1 } });
      expect(status.status, `${why} ${status.body.message}`).toBe(200);
      const released = await client.call('PATCH', path, { metadata: { finalizers: null } });
      expect(released.status, `${why} ${released.body.message}`).toBe(200);
    }
  });
});
