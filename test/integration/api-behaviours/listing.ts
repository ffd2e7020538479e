import { beforeAll, describe, expect, test } from 'vitest';
import { blamed, expectRefusal, PARTIAL, PARTIAL_LIST, Place, type Resource } from './place.ts';
import type { Reply } from './rig.ts';

const names = ({ body }: Reply): string[] =>
  body.items.map(({ metadata }: { readonly metadata: { readonly name: string } }) => metadata.name);

const query = (parameters: Readonly<Record<string, string>>): string =>
  new URLSearchParams(parameters).toString();

export const listing = (here: () => Place): void => {
  describe('GET', () => {
    let place: Place;
    beforeAll(async () => {
      place = await Place.make(here().rig);
      await place.client('b', { labels: { app: 'x', tier: 'front' } });
      await place.client('a', { labels: { app: 'x' } }, { providerRef: { name: 'other' } });
      await place.client('c', { labels: { app: 'y' } });
      await place.secret('s', {}, { labels: { app: 'x' } });
    });
    const list = (parameters: Readonly<Record<string, string>>, resource: Resource = 'machineclients') =>
      place.list(resource, query(parameters));

    test('of one is 404 where there is none, even in a namespace that does not exist', async () => {
      const answer = await place.get('secrets', 'none');
      expectRefusal(answer, 404, 'NotFound');
      expect(answer.body.message).toBe('secrets "none" not found');
      const nowhere = await new Place(place.rig, 'b-nowhere').get('secrets', 'none');
      expectRefusal(nowhere, 404, 'NotFound');
      expect(nowhere.body.details).toEqual({ name: 'none', kind: 'secrets' });
    });

    test('of all comes in the order of names, at one version; items of custom resources say their kind', async () => {
      const answer = await list({});
      expect(names(answer)).toEqual(['a', 'b', 'c']);
      expect(answer.body).toMatchObject({
        kind: 'MachineClientList',
        apiVersion: 'machine-client.dev/v1beta1',
        metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
      });
      expect(answer.body.items[0]).toMatchObject({
        kind: 'MachineClient',
        status: { observedGeneration: -1 },
      });
      expect(answer.body.items[0]).toEqual((await place.get('machineclients', 'a')).body);
    });

    test('of all Secrets has items without kind and version', async () => {
      const { body } = await list({}, 'secrets');
      expect([body.kind, body.apiVersion]).toEqual(['SecretList', 'v1']);
      const { kind: _, apiVersion: __, ...item } = (await place.get('secrets', 's')).body;
      expect(body.items).toEqual([item]);
    });

    test('of a namespace that does not exist is empty', async () => {
      const { status, body } = await new Place(place.rig, 'b-nowhere').list('secrets', 'limit=500');
      expect([status, body.items]).toEqual([200, []]);
    });

    test('of all namespaces has those of each', async () => {
      const root = '/apis/machine-client.dev/v1beta1/machineclients';
      const { body } = await place.rig.call('GET', `${root}?labelSelector=tier%3Dfront`);
      const found = body.items.map(({ metadata }: Reply['body']) => `${metadata.namespace}/${metadata.name}`);
      expect(found).toContain(`${place.namespace}/b`);
    });

    test('in pages shows one moment, whatever is written meanwhile', async () => {
      const first = await list({ limit: '2' });
      expect(names(first)).toEqual(['a', 'b']);
      expect(first.body.metadata.remainingItemCount).toBe(1);
      const { continue: token, resourceVersion } = first.body.metadata;
      await place.client('bb');
      await place.delete('machineclients', 'c');
      const rest = await list({ limit: '2', continue: token });
      expect(names(rest)).toEqual(['c']);
      expect(rest.body.metadata.resourceVersion).toBe(resourceVersion);
      expect(rest.body.metadata.continue ?? '').toBe('');
      await place.delete('machineclients', 'bb');
      await place.client('c', { labels: { app: 'y' } });
    });

    test('in pages with a selector does not say how many are left', async () => {
      const { body } = await list({ limit: '1', labelSelector: 'app=x' });
      expect(body.items).toHaveLength(1);
      expect(body.metadata.continue).toMatch(/./);
      expect(body.metadata).not.toHaveProperty('remainingItemCount');
    });

    test('with a token that is none is 400', async () => {
      expectRefusal(await list({ limit: '1', continue: 'abc' }), 400, 'BadRequest');
    });

    test('at any version ignores the limit', async () => {
      expect(names(await list({ limit: '1', resourceVersion: '0' }))).toEqual(['a', 'b', 'c']);
    });

    test('at exactly a version shows what was then', async () => {
      const { resourceVersion } = (await list({})).body.metadata;
      await place.client('d');
      const then = await list({ resourceVersion, resourceVersionMatch: 'Exact' });
      expect(names(then)).toEqual(['a', 'b', 'c']);
      expect(then.body.metadata.resourceVersion).toBe(resourceVersion);
      const now = await list({ resourceVersion, resourceVersionMatch: 'NotOlderThan' });
      expect(names(now)).toEqual(['a', 'b', 'c', 'd']);
      await place.delete('machineclients', 'd');
    });

    test('at a version of the future is 504, with a cause and a time to wait', async () => {
      const answer = await list({ resourceVersion: '99999999', resourceVersionMatch: 'NotOlderThan' });
      expectRefusal(answer, 504, 'Timeout');
      expect(answer.body.message).toMatch(/^Timeout: Too large resource version: 99999999, current: \d+$/);
      expect(answer.body.details).toEqual({
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      });
      expect(answer.headers['retry-after']).toBe('1');
    });

    test('with a match and no version is 422, and with no number for a version 400', async () => {
      const answer = await list({ resourceVersionMatch: 'Exact' });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['resourceVersionMatch']);
      expectRefusal(await list({ resourceVersion: 'abc' }), 400, 'BadRequest');
    });

    test.each([
      ['app=x', ['a', 'b']],
      ['app==x,tier=front', ['b']],
      ['app!=x', ['c']],
      ['tier', ['b']],
      ['!tier', ['a', 'c']],
      ['app in (x,z)', ['a', 'b']],
      ['app notin (x), app', ['c']],
      ['tier notin (front)', ['a', 'c']],
      ['tier!=front', ['a', 'c']],
    ])('by labels %s', async (labelSelector, expected) => {
      expect(names(await list({ labelSelector }))).toEqual(expected);
    });

    test('by labels that are none is 400', async () => {
      expectRefusal(await list({ labelSelector: 'a b' }), 400, 'BadRequest');
    });

    test.each([
      ['metadata.name=a', ['a']],
      ['metadata.name!=a', ['b', 'c']],
      ['spec.providerRef.name=other', ['a']],
      ['spec.providerRef.name=stytch,metadata.name=c', ['c']],
      ['status.binding.name=', ['a', 'b', 'c']],
    ])('by fields %s', async (fieldSelector, expected) => {
      expect(names(await list({ fieldSelector }))).toEqual(expected);
    });

    test('by the namespace and the type of Secrets', async () => {
      const fieldSelector = `metadata.namespace=${place.namespace},type=Opaque`;
      expect(names(await list({ fieldSelector }, 'secrets'))).toEqual(['s']);
    });

    test.each(['machineclients', 'secrets'] as const)(
      'by an unknown field of %s is 400',
      async (resource) => {
        const answer = await list({ fieldSelector: 'spec.bogus=a' }, resource);
        expectRefusal(answer, 400, 'BadRequest');
        expect(answer.body.message).toBe('field label not supported: spec.bogus');
      },
    );

    test('of metadata only', async () => {
      const one = await place.get('secrets', 's', PARTIAL);
      const { metadata } = (await place.get('secrets', 's')).body;
      const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
      expect(one.body).toEqual(partial);
      const all = await place.list('secrets', 'limit=500', PARTIAL_LIST);
      expect(all.body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect(all.body.items).toEqual([partial]);
    });

    test('of metadata only of custom resources', async () => {
      const { body } = await place.get('machineclients', 'b', PARTIAL);
      expect(body.kind).toBe('PartialObjectMetadata');
      expect(Object.keys(body).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
      expect(body.metadata.labels).toEqual({ app: 'x', tier: 'front' });
    });
  });
};
