import { describe, expect, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import { expectRefusal, machineClient, Place, secret } from './place.ts';

const HOLD = 'tests.dev/hold';
const path = ({ namespace }: Place): string => `/api/v1/namespaces/${namespace}`;

/** The namespace, once the controllers have had time for it. */
const settled = async (
  place: Place,
  holds: (status: number) => boolean | Promise<boolean>,
): Promise<void> => {
  await until(
    'the namespace controller',
    async () => {
      await place.rig.pause();
      return await holds((await place.rig.call('GET', path(place))).status);
    },
    { timeoutMs: 90_000 },
  );
};

export const namespaces = (here: () => Place): void => {
  describe('a namespace', () => {
    test('is made active, with its name as a label and the finalizer of its controller', async () => {
      const place = await Place.make(here().rig);
      const { body } = await place.rig.call('GET', path(place));
      expect(body).toMatchObject({
        kind: 'Namespace',
        metadata: { labels: { 'kubernetes.io/metadata.name': place.namespace } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      expect(body.metadata).not.toHaveProperty('generation');
    });

    test('that does not exist takes nothing: 404 of the namespace', async () => {
      const nowhere = new Place(here().rig, 'b-nowhere');
      const answer = await nowhere.post('secrets', secret('x'));
      expectRefusal(answer, 404, 'NotFound');
      expect(answer.body.details).toEqual({ name: 'b-nowhere', kind: 'namespaces' });
      expect(answer.body.message).toBe('namespaces "b-nowhere" not found');
      expectRefusal(await nowhere.post('secrets', secret('x'), '?dryRun=All'), 404, 'NotFound');
    });

    test('of the cluster itself is not deleted', async () => {
      const answer = await here().rig.call('DELETE', '/api/v1/namespaces/default');
      expectRefusal(answer, 403, 'Forbidden');
    });

    test('of the cluster itself is there', async () => {
      const { body } = await here().rig.call('GET', '/api/v1/namespaces/kube-system');
      expect(body.metadata.uid).toMatch(/./);
    });

    test('that is being deleted says so, once', async () => {
      const place = await Place.make(here().rig);
      await place.client('held', { finalizers: [HOLD] });
      const first = await place.rig.call('DELETE', path(place));
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({
        kind: 'Namespace',
        metadata: { deletionTimestamp: expect.any(String) },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Terminating' },
      });
      const again = await place.rig.call('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: place.namespace },
      });
      expectRefusal(again, 409, 'AlreadyExists');
    });

    test('that is being deleted refuses what is new, with a cause, and still takes changes', async () => {
      const place = await Place.make(here().rig);
      await place.client('held', { finalizers: [HOLD] });
      await place.rig.call('DELETE', path(place));
      for (const query of ['', '?dryRun=All']) {
        const answer = await place.post('secrets', secret('x'), query);
        expectRefusal(answer, 403, 'Forbidden');
        expect(answer.body.message).toBe(
          `secrets "x" is forbidden: unable to create new content in namespace ${place.namespace} because it is being terminated`,
        );
        expect(answer.body.details).toEqual({
          name: 'x',
          kind: 'secrets',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: `namespace ${place.namespace} is being terminated`,
              field: 'metadata.namespace',
            },
          ],
        });
      }
      // Even a name that is taken.
      expectRefusal(await place.post('machineclients', machineClient('held')), 403, 'Forbidden');
      const patched = await place.patch('machineclients', 'held', { metadata: { labels: { a: 'b' } } });
      expect(patched.status).toBe(200);
    });

    test('that is being deleted takes everything in it along, and waits for what is held', async () => {
      const place = await Place.make(here().rig);
      await place.client('held', { finalizers: [HOLD] });
      await place.secret('free');
      await place.rig.call('DELETE', path(place));
      await settled(place, async () => {
        const free = await place.get('secrets', 'free');
        const held = await place.get('machineclients', 'held');
        return free.status === 404 && held.body.metadata.deletionTimestamp !== undefined;
      });
      expect((await place.rig.call('GET', path(place))).body.status.phase).toBe('Terminating');
      await place.patch('machineclients', 'held', { metadata: { finalizers: null } });
      await settled(place, (status) => status === 404);
      expectRefusal(await place.get('machineclients', 'held'), 404, 'NotFound');
    }, 200_000);
  });
};
