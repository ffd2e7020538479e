import { describe, expect, test } from 'vitest';
import { ABSENT, blamed, expectRefusal, type Place } from './place.ts';

const HOLD = 'tests.dev/hold';
const SECOND = 'tests.dev/second';

export const deleting = (here: () => Place): void => {
  describe('DELETE and finalizers', () => {
    test('answers with a Status that names what has gone; the second time it is 404', async () => {
      const { metadata } = await here().client('d-plain');
      const answer = await here().delete('machineclients', 'd-plain');
      expect([answer.status, answer.body.status]).toEqual([200, 'Success']);
      expect(answer.body.details).toEqual({
        name: 'd-plain',
        group: 'machine-client.dev',
        kind: 'machineclients',
        uid: metadata.uid,
      });
      expectRefusal(await here().delete('machineclients', 'd-plain'), 404, 'NotFound');
      expectRefusal(await here().get('machineclients', 'd-plain'), 404, 'NotFound');
    });

    test.each(['machineclients', 'secrets'] as const)('of %s holds to uid and version', async (resource) => {
      await (resource === 'secrets' ? here().secret('d-held') : here().client('d-held'));
      const { uid, resourceVersion } = (await here().get(resource, 'd-held')).body.metadata;
      const other = await here().delete(resource, 'd-held', { uid: ABSENT });
      expectRefusal(other, 409, 'Conflict');
      expect(other.body.message).toContain(
        `the UID in the precondition (${ABSENT}) does not match the UID in record (${uid})`,
      );
      expect(other.body.details.kind).toBe(resource === 'secrets' ? 'Secret' : 'MachineClient');
      expectRefusal(await here().delete(resource, 'd-held', { resourceVersion: '1' }), 409, 'Conflict');
      expect((await here().delete(resource, 'd-held', { uid, resourceVersion })).status).toBe(200);
    });

    test('without preconditions in its options goes through', async () => {
      await here().secret('d-options');
      expect((await here().delete('secrets', 'd-options', {})).status).toBe(200);
    });

    test('as a dry run deletes nothing', async () => {
      const plain = await here().secret('d-dry');
      const { rig } = here();
      const gone = await rig.call('DELETE', here().path('secrets', '/d-dry?dryRun=All'));
      expect([gone.status, gone.body.status]).toEqual([200, 'Success']);
      expect((await here().get('secrets', 'd-dry')).body).toEqual(plain);
      const held = await here().client('d-dry', { finalizers: [HOLD] });
      const marked = await rig.call('DELETE', here().path('machineclients', '/d-dry?dryRun=All'));
      expect(marked.body.metadata).toMatchObject({ deletionTimestamp: expect.any(String), generation: 2 });
      expect((await here().get('machineclients', 'd-dry')).body).toEqual(held);
    });

    test('as a dry run with options in its body deletes: it is the body that says so then', async () => {
      const { rig } = here();
      const options = { apiVersion: 'v1', kind: 'DeleteOptions' };
      await here().secret('d-dry-body');
      const path = here().path('secrets', '/d-dry-body');
      const dry = await rig.call('DELETE', path, { ...options, dryRun: ['All'] });
      expect([dry.status, (await here().get('secrets', 'd-dry-body')).status]).toEqual([200, 200]);
      const done = await rig.call('DELETE', `${path}?dryRun=All`, options);
      expect([done.status, (await here().get('secrets', 'd-dry-body')).status]).toEqual([200, 404]);
    });

    test('of what has a finalizer only marks it, once, and counts the generation', async () => {
      await here().client('d-marked', { finalizers: [HOLD, SECOND] });
      const first = await here().delete('machineclients', 'd-marked');
      expect(first.status).toBe(200);
      expect(first.body.metadata).toMatchObject({
        deletionTimestamp: expect.stringMatching(/Z$/),
        deletionGracePeriodSeconds: 0,
        finalizers: [HOLD, SECOND],
        generation: 2,
      });
      const second = await here().delete('machineclients', 'd-marked');
      expect(second.body).toEqual(first.body);
    });

    test('is not taken back, and lets nobody add a finalizer', async () => {
      await here().client('d-back', { finalizers: [HOLD] });
      const marked = await here().delete('machineclients', 'd-back');
      const back = await here().patch('machineclients', 'd-back', { metadata: { deletionTimestamp: null } });
      expect(back.body).toEqual(marked.body);
      const added = await here().patch('machineclients', 'd-back', {
        metadata: { finalizers: [HOLD, SECOND] },
      });
      expectRefusal(added, 422, 'Invalid');
      expect(blamed(added)).toEqual(['metadata.finalizers']);
      expect(added.body.message).toContain(
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{"${SECOND}"}`,
      );
    });

    test('still takes changes of spec, labels and status while it is held', async () => {
      await here().client('d-open', { finalizers: [HOLD] });
      await here().delete('machineclients', 'd-open');
      const spec = await here().patch('machineclients', 'd-open', { spec: { state: 'Inactive' } });
      expect(spec.body.metadata.generation).toBe(3);
      const status = await here().patch('machineclients', 'd-open/status', { status: { clientId: 'q' } });
      expect(status.body.status.clientId).toBe('q');
    });

    test('ends when the last finalizer goes, in whatever order; the answer is at the old version', async () => {
      await here().client('d-order', { finalizers: [HOLD, SECOND] });
      await here().delete('machineclients', 'd-order');
      const one = await here().patch('machineclients', 'd-order', { metadata: { finalizers: [SECOND] } });
      expect(one.body.metadata.finalizers).toEqual([SECOND]);
      const dry = await here().patch('machineclients', 'd-order?dryRun=All', {
        metadata: { finalizers: null },
      });
      expect(dry.status).toBe(200);
      const last = await here().patch('machineclients', 'd-order', { metadata: { finalizers: null } });
      expect(last.status).toBe(200);
      expect(last.body.metadata.resourceVersion).toBe(one.body.metadata.resourceVersion);
      expect(last.body.metadata).not.toHaveProperty('finalizers');
      expectRefusal(await here().get('machineclients', 'd-order'), 404, 'NotFound');
    });

    test('of a Secret is held by its finalizer, and its data may still change', async () => {
      await here().secret('d-secret', {}, { finalizers: [HOLD] });
      const marked = await here().delete('secrets', 'd-secret');
      expect(marked.body.metadata).toMatchObject({ deletionTimestamp: expect.any(String) });
      expect(marked.body.metadata).not.toHaveProperty('generation');
      const data = await here().patch('secrets', 'd-secret', { stringData: { z: 'z' } });
      expect(data.body.data).toEqual({ a: 'Yg==', z: 'eg==' });
      await here().patch('secrets', 'd-secret', { metadata: { finalizers: [] } });
      expectRefusal(await here().get('secrets', 'd-secret'), 404, 'NotFound');
    });

    test('a finalizer of a Secret has a domain', async () => {
      await here().secret('d-domain');
      const answer = await here().patch('secrets', 'd-domain', { metadata: { finalizers: ['hold'] } });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['metadata.finalizers[0]']);
    });

    test('finalizers come and go freely before the deletion', async () => {
      await here().client('d-free');
      await here().patch('machineclients', 'd-free', { metadata: { finalizers: [HOLD] } });
      const none = await here().patch('machineclients', 'd-free', { metadata: { finalizers: [] } });
      expect(none.body.metadata).not.toHaveProperty('finalizers');
      expect((await here().get('machineclients', 'd-free')).status).toBe(200);
    });

    test('a new object of the same name is another one', async () => {
      const first = await here().client('d-again');
      await here().delete('machineclients', 'd-again');
      const second = await here().client('d-again');
      expect(second.metadata.uid).not.toBe(first.metadata.uid);
      expect(Number(second.metadata.resourceVersion)).toBeGreaterThan(
        Number(first.metadata.resourceVersion) + 1,
      );
    });
  });
};
