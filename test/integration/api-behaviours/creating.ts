import { describe, expect, test } from 'vitest';
import { blamed, expectRefusal, machineClient, type Place, secret } from './place.ts';

export const creating = (here: () => Place): void => {
  describe('POST', () => {
    test('answers 201 with uid, version, time, generation 1 and what the schema adds', async () => {
      const { metadata, spec, status } = await here().client('c-new');
      expect(metadata).toEqual({
        name: 'c-new',
        namespace: here().namespace,
        uid: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        generation: 1,
      });
      expect(spec).toEqual({
        adoptionPolicy: 'Never',
        credential: { type: 'ClientSecret' },
        deletionPolicy: 'Delete',
        managementPolicy: 'Manage',
        providerRef: { kind: 'IdentityProvider', name: 'stytch' },
        rotation: { overlap: '24h', method: 'Overlap', verification: 'OnRotation' },
        scopes: ['read'],
        secret: { creationPolicy: 'Create', deletionPolicy: 'Delete', type: 'Opaque' },
        state: 'Active',
        suspend: false,
      });
      expect(status).toEqual({ observedGeneration: -1 });
      expect((await here().get('machineclients', 'c-new')).body.metadata).toEqual(metadata);
    });

    test('takes no status, and prunes what the schema does not know, but not free-form metadata', async () => {
      const body = machineClient('c-pruned', {}, { bogus: 1, customMetadata: { any: { thing: 1 } } });
      const { body: made } = await here().post('machineclients', {
        ...body,
        status: { clientId: 'x' },
        more: 1,
      });
      expect(made.status).toEqual({ observedGeneration: -1 });
      expect(made.spec).not.toHaveProperty('bogus');
      expect(made).not.toHaveProperty('more');
      expect(made.spec.customMetadata).toEqual({ any: { thing: 1 } });
    });

    test('lets nobody choose uid, generation, time or deletion', async () => {
      const chosen = '2020-01-01T00:00:00Z';
      const { metadata } = await here().client('c-chosen', {
        uid: 'chosen',
        generation: 7,
        creationTimestamp: chosen,
        deletionTimestamp: chosen,
      });
      expect(metadata.uid).not.toBe('chosen');
      expect(metadata.generation).toBe(1);
      expect(metadata.creationTimestamp).not.toBe(chosen);
      expect(metadata).not.toHaveProperty('deletionTimestamp');
    });

    test('drops empty labels, annotations and finalizers', async () => {
      const { metadata } = await here().client('c-empty', { labels: {}, annotations: {}, finalizers: [] });
      for (const field of ['labels', 'annotations', 'finalizers']) expect(metadata).not.toHaveProperty(field);
    });

    test('of a taken name is 409 AlreadyExists, whatever else is different', async () => {
      await here().client('c-taken');
      const again = await here().post('machineclients', machineClient('c-taken', {}, { state: 'Inactive' }));
      expectRefusal(again, 409, 'AlreadyExists');
      expect(again.body.message).toBe('machineclients.machine-client.dev "c-taken" already exists');
      expect(again.body.details).toEqual({
        name: 'c-taken',
        group: 'machine-client.dev',
        kind: 'machineclients',
      });
    });

    test('of a taken name is 409 in a dry run too', async () => {
      await here().secret('c-taken');
      const again = await here().post('secrets', secret('c-taken'), '?dryRun=All');
      expectRefusal(again, 409, 'AlreadyExists');
      expect(again.body.message).toBe('secrets "c-taken" already exists');
      expect(again.body.details).toEqual({ name: 'c-taken', kind: 'secrets' });
    });

    test('of the name of an object that is being deleted says so', async () => {
      await here().client('c-going', { finalizers: ['tests.dev/hold'] });
      await here().delete('machineclients', 'c-going');
      const again = await here().post('machineclients', machineClient('c-going'));
      expectRefusal(again, 409, 'AlreadyExists');
      expect(again.body.message).toBe(
        'object is being deleted: machineclients.machine-client.dev "c-going" already exists',
      );
    });

    test('as a dry run answers with the object, without a version, and stores nothing', async () => {
      const dry = await here().post('machineclients', machineClient('c-dry'), '?dryRun=All');
      expect(dry.status).toBe(201);
      expect(dry.body.metadata).toMatchObject({ name: 'c-dry', generation: 1, uid: expect.any(String) });
      expect(dry.body.metadata).not.toHaveProperty('resourceVersion');
      expect(dry.body.spec.state).toBe('Active');
      expectRefusal(await here().get('machineclients', 'c-dry'), 404, 'NotFound');
    });

    test('with an unknown dry run is 422', async () => {
      const answer = await here().post('secrets', secret('c-dry'), '?dryRun=Some');
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['dryRun']);
    });

    test('with generateName makes up a name', async () => {
      const { metadata } = await here().client('', { generateName: 'c-gen-' });
      expect(metadata.name).toMatch(/^c-gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      expect(metadata.generateName).toBe('c-gen-');
    });

    test('with a resourceVersion is 500, as it always was', async () => {
      const answer = await here().post('secrets', secret('c-version', {}, { resourceVersion: '5' }));
      expectRefusal(answer, 500, undefined);
    });

    test('for another namespace than that of its path is 400', async () => {
      const answer = await here().post('secrets', secret('c-place', {}, { namespace: 'default' }));
      expectRefusal(answer, 400, 'BadRequest');
    });

    test('of another kind than that of its path is 400', async () => {
      expectRefusal(await here().post('secrets', machineClient('c-kind')), 400, 'BadRequest');
      expectRefusal(await here().post('machineclients', secret('c-kind')), 400, 'BadRequest');
    });

    test('of what breaks the schema is 422 and blames each field', async () => {
      const file = { key: 'credentials.env', type: 'DotEnv' };
      const answer = await here().post(
        'machineclients',
        machineClient(
          'c-bad',
          {},
          {
            providerRef: {},
            state: 'Foo',
            scopes: ['', 'b'],
            displayName: 5,
            // A list of type map: an atomic one says nothing of what stands in it twice.
            secret: { outputFormats: [file, file] },
          },
        ),
      );
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer).sort()).toEqual([
        'spec.displayName',
        'spec.providerRef.name',
        'spec.scopes[0]',
        'spec.secret.outputFormats[1]',
        'spec.state',
      ]);
      expect(answer.body.details).toMatchObject({
        name: 'c-bad',
        group: 'machine-client.dev',
        kind: 'MachineClient',
      });
    });

    test('without a spec is 422', async () => {
      const { spec: _, ...body } = machineClient('c-bare');
      const answer = await here().post('machineclients', body);
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['spec']);
    });

    test.each(['', 'Bad_Name', 'a'.repeat(64)])('of the name "%s" is 422', async (name) => {
      const answer = await here().post('machineclients', machineClient(name));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['metadata.name']);
    });

    test('with labels and annotations that are none is 422', async () => {
      const metadata = { labels: { 'a b': 'c', ok: 'x y' }, annotations: { 'b d': 'x' } };
      const answer = await here().post('machineclients', machineClient('c-labels', metadata));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['metadata.labels', 'metadata.annotations']);
    });

    test('without a namespace, of what has one, is 405', async () => {
      expectRefusal(await here().rig.call('POST', '/api/v1/secrets', secret('c')), 405, 'MethodNotAllowed');
    });

    test('of a resource that is not served is 404, and of an unknown group not even a Status', async () => {
      const { rig, namespace } = here();
      expectRefusal(await rig.call('GET', `/api/v1/namespaces/${namespace}/bogus`), 404, 'NotFound');
      const group = await rig.call('GET', '/apis/bogus.dev/v1/things');
      expect([group.status, group.body]).toEqual([404, '404 page not found\n']);
    });
  });
};
