import { describe, expect, test } from 'vitest';
import { ABSENT, blamed, expectRefusal, machineClient, type Place, secret } from './place.ts';

export const updating = (here: () => Place): void => {
  describe('PATCH and PUT', () => {
    test('a patch that changes nothing bumps no version, but for the first one after creation', async () => {
      const made = await here().client('u-same');
      // The default of status is not in etcd before the first update.
      const first = await here().patch('machineclients', 'u-same', { metadata: { uid: made.metadata.uid } });
      expect(Number(first.body.metadata.resourceVersion)).toBeGreaterThan(
        Number(made.metadata.resourceVersion),
      );
      expect(first.body.metadata.generation).toBe(1);
      const again = await here().patch('machineclients', 'u-same', { spec: { scopes: ['read'] } });
      expect(again.status).toBe(200);
      expect(again.body).toEqual(first.body);
      const put = await here().put('machineclients', 'u-same', first.body);
      expect(put.body).toEqual(first.body);
    });

    test('a Secret keeps its version through its first patch that changes nothing', async () => {
      const made = await here().secret('u-same');
      const { body } = await here().patch('secrets', 'u-same', { stringData: { a: 'b' } });
      expect(body).toEqual(made);
    });

    test('a change of spec counts the generation, and one of metadata does not', async () => {
      await here().client('u-count');
      const spec = await here().patch('machineclients', 'u-count', { spec: { state: 'Inactive' } });
      expect(spec.body.metadata.generation).toBe(2);
      const label = await here().patch('machineclients', 'u-count', { metadata: { labels: { a: 'b' } } });
      expect(label.body.metadata.generation).toBe(2);
      expect(Number(label.body.metadata.resourceVersion)).toBeGreaterThan(
        Number(spec.body.metadata.resourceVersion),
      );
    });

    test('null removes, objects merge, lists are replaced, defaults come back', async () => {
      await here().client('u-merge', { labels: { a: '1', b: '2' } }, { description: 'x', state: 'Inactive' });
      const { body } = await here().patch('machineclients', 'u-merge', {
        metadata: { labels: { a: null, c: '3' }, annotations: { gone: null } },
        spec: { description: null, state: null, scopes: ['x', 'y'], audiences: [] },
      });
      expect(body.metadata.labels).toEqual({ b: '2', c: '3' });
      expect(body.metadata).not.toHaveProperty('annotations');
      expect(body.spec).not.toHaveProperty('description');
      expect(body.spec).toMatchObject({ state: 'Active', scopes: ['x', 'y'], audiences: [] });
    });

    test('a stale resourceVersion is 409 Conflict', async () => {
      const made = await here().client('u-stale');
      await here().patch('machineclients', 'u-stale', { metadata: { labels: { a: 'b' } } });
      const { resourceVersion } = made.metadata;
      const answer = await here().patch('machineclients', 'u-stale', { metadata: { resourceVersion } });
      expectRefusal(answer, 409, 'Conflict');
      expect(answer.body.message).toBe(
        'Operation cannot be fulfilled on machineclients.machine-client.dev "u-stale": the object has been modified; please apply your changes to the latest version and try again',
      );
      expect(answer.body.details).toEqual({
        name: 'u-stale',
        group: 'machine-client.dev',
        kind: 'machineclients',
      });
    });

    test('the right resourceVersion and uid let it through', async () => {
      const { metadata } = await here().secret('u-right');
      const { uid, resourceVersion } = metadata;
      const patch = { metadata: { uid, resourceVersion, labels: { a: 'b' } } };
      const answer = await here().patch('secrets', 'u-right', patch);
      expect(answer.status).toBe(200);
      expect(answer.body.metadata.labels).toEqual({ a: 'b' });
      expectRefusal(await here().patch('secrets', 'u-right', patch), 409, 'Conflict');
    });

    test.each(['machineclients', 'secrets'] as const)(
      'another uid in a patch of %s is 422',
      async (resource) => {
        await (resource === 'secrets' ? here().secret('u-uid') : here().client('u-uid'));
        const answer = await here().patch(resource, 'u-uid', {
          metadata: { uid: ABSENT, labels: { a: 'b' } },
        });
        expectRefusal(answer, 422, 'Invalid');
        expect(blamed(answer)).toEqual(['metadata.uid']);
        const both = await here().patch(resource, 'u-uid', {
          metadata: { uid: ABSENT, resourceVersion: '1' },
        });
        expectRefusal(both, 409, 'Conflict');
      },
    );

    test('a patch of what does not exist is 404', async () => {
      const answer = await here().patch('machineclients', 'u-none', { metadata: { uid: ABSENT } });
      expectRefusal(answer, 404, 'NotFound');
      expect(answer.body.message).toBe('machineclients.machine-client.dev "u-none" not found');
      expect(answer.body.details).toEqual({
        name: 'u-none',
        group: 'machine-client.dev',
        kind: 'machineclients',
      });
    });

    test('a patch of the name or the namespace is 400', async () => {
      await here().secret('u-name');
      expectRefusal(await here().patch('secrets', 'u-name', { metadata: { name: 'x' } }), 400, 'BadRequest');
      expectRefusal(
        await here().patch('secrets', 'u-name', { metadata: { namespace: 'default' } }),
        400,
        'BadRequest',
      );
    });

    test('a patch that is no object is 400, and of an unknown type 415', async () => {
      await here().secret('u-type');
      expectRefusal(await here().patch('secrets', 'u-type', []), 400, 'BadRequest');
      const path = here().path('secrets', '/u-type');
      const answer = await here().rig.call('PATCH', path, {}, { 'content-type': 'application/bogus' });
      expectRefusal(answer, 415, 'UnsupportedMediaType');
    });

    test('generation and time are not for writers; a deletion is 422', async () => {
      const { metadata } = await here().secret('u-closed');
      const same = { generation: null, creationTimestamp: null };
      const answer = await here().patch('secrets', 'u-closed', { metadata: same });
      expect(answer.body.metadata).toEqual(metadata);
      const deletionTimestamp = '2020-01-01T00:00:00Z';
      const deleted = await here().patch('secrets', 'u-closed', { metadata: { deletionTimestamp } });
      expectRefusal(deleted, 422, 'Invalid');
      expect(blamed(deleted)).toEqual(['metadata.deletionTimestamp']);
    });

    test('a patch that breaks the schema is 422 and stores nothing', async () => {
      const made = await here().client('u-bad');
      const answer = await here().patch('machineclients', 'u-bad', { spec: { state: 'Foo', bogus: 1 } });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['spec.state']);
      expect((await here().get('machineclients', 'u-bad')).body).toEqual(made);
    });

    test('a patch as a dry run answers with what would be, at the old version', async () => {
      const made = await here().secret('u-dry');
      const dry = await here().patch('secrets', 'u-dry?dryRun=All', { metadata: { labels: { a: 'b' } } });
      expect(dry.status).toBe(200);
      expect(dry.body.metadata).toEqual({ ...made.metadata, labels: { a: 'b' } });
      expect((await here().get('secrets', 'u-dry')).body).toEqual(made);
    });

    test('a PUT takes away what it does not say, but not the status', async () => {
      const { metadata } = await here().client('u-put', { labels: { a: 'b' } }, { description: 'x' });
      await here().patch('machineclients', 'u-put/status', { status: { clientId: 'q' } });
      const { resourceVersion } = (await here().get('machineclients', 'u-put')).body.metadata;
      const answer = await here().put('machineclients', 'u-put', machineClient('u-put', { resourceVersion }));
      expect(answer.status).toBe(200);
      expect(answer.body.metadata).toMatchObject({ uid: metadata.uid, generation: 2 });
      expect(answer.body.metadata).not.toHaveProperty('labels');
      expect(answer.body.spec).not.toHaveProperty('description');
      expect(answer.body.status).toEqual({ clientId: 'q', observedGeneration: -1 });
    });

    test('a PUT with a stale version or another uid is 409, and of what does not exist 404', async () => {
      await here().client('u-put-stale');
      const stale = machineClient('u-put-stale', { resourceVersion: '1' });
      expectRefusal(await here().put('machineclients', 'u-put-stale', stale), 409, 'Conflict');
      const other = machineClient('u-put-stale', { uid: ABSENT });
      expectRefusal(await here().put('machineclients', 'u-put-stale', other), 409, 'Conflict');
      const none = machineClient('u-put-none', { resourceVersion: '1' });
      expectRefusal(await here().put('machineclients', 'u-put-none', none), 404, 'NotFound');
    });

    test('a PUT without a version is 422 for a custom resource, and overwrites a Secret', async () => {
      await here().client('u-put-open');
      const answer = await here().put('machineclients', 'u-put-open', machineClient('u-put-open'));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['metadata.resourceVersion']);
      await here().secret('u-put-open');
      const written = await here().put(
        'secrets',
        'u-put-open',
        secret('u-put-open', { stringData: { c: 'd' } }),
      );
      expect([written.status, written.body.data]).toEqual([200, { c: 'ZA==' }]);
    });

    test('a PUT to another name than its own is 400', async () => {
      const answer = await here().put('secrets', 'u-put-one', secret('u-put-two'));
      expectRefusal(answer, 400, 'BadRequest');
    });
  });
};
