import { describe, expect, test } from 'vitest';
import { ABSENT, blamed, expectRefusal, type Place } from './place.ts';

const VERSION = 'secret-version.machine-client.dev/app';

const statefulSet = (name: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, labels: { uses: name } },
  spec: {
    selector: { matchLabels: { app: name } },
    serviceName: '',
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'none' }] },
    },
    ...spec,
  },
});

/** As the operator restarts one. */
const apply = (here: Place, name: string, version: string, metadata: object = {}, query = 'fieldManager=t') =>
  here.rig.call(
    'PATCH',
    `${here.path('statefulsets', `/${name}`)}?${query}`,
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace: here.namespace, ...metadata },
      spec: { template: { metadata: { annotations: { [VERSION]: version } } } },
    },
    { 'content-type': 'application/apply-patch+yaml' },
  );

/**
 * What restarts rely on. Of versions only the generation is looked at: on the real one the controllers write status
 * between any two calls.
 */
export const workloads = (here: () => Place): void => {
  describe('workloads', () => {
    test('are made with one replica, and count changes of their spec', async () => {
      const { body: made } = await here().post('statefulsets', statefulSet('w-made'));
      expect([made.spec.replicas, made.metadata.generation]).toEqual([1, 1]);
      const { body: scaled } = await here().patch('statefulsets', 'w-made', { spec: { replicas: 0 } });
      expect([scaled.spec.replicas, scaled.metadata.generation]).toEqual([0, 2]);
    });

    test('an annotation that is applied to the pod template is one change, and applied again none', async () => {
      const { body: made } = await here().post('statefulsets', statefulSet('w-once'));
      const uid = { uid: made.metadata.uid };
      for (const [version, generation] of [
        ['1', 2],
        ['1', 2],
        ['2', 3],
      ] as const) {
        const { status, body } = await apply(here(), 'w-once', version, uid);
        expect(status).toBe(200);
        expect(body.spec.template.metadata).toMatchObject({
          labels: { app: 'w-once' },
          annotations: { [VERSION]: version },
        });
        expect(body.metadata.generation).toBe(generation);
      }
    });

    test('what went, or was made again, is not applied to with the uid that it had', async () => {
      await here().post('statefulsets', statefulSet('w-gone'));
      const again = await apply(here(), 'w-gone', '1', { uid: ABSENT });
      expectRefusal(again, 422, 'Invalid');
      expect(blamed(again)).toEqual(['metadata.uid']);
      expectRefusal(await apply(here(), 'w-never', '1', { uid: ABSENT }), 409, 'Conflict');
      expectRefusal(await here().get('statefulsets', 'w-never'), 404, 'NotFound');
    });

    test('apply without a manager is refused', async () => {
      await here().post('statefulsets', statefulSet('w-whose'));
      const answer = await apply(here(), 'w-whose', '1', {}, '');
      expect(answer.status).toBe(422);
      expect(blamed(answer)).toEqual(['fieldManager']);
    });

    test('status is written beside the spec, and is no generation', async () => {
      await here().post('statefulsets', statefulSet('w-status'));
      const patch = { status: { replicas: 3, observedGeneration: 1 }, spec: { replicas: 3 } };
      const { body } = await here().patch('statefulsets', 'w-status/status', patch);
      expect([body.status.replicas, body.spec.replicas]).toEqual([3, 1]);
      const whole = await here().patch('statefulsets', 'w-status', { status: { replicas: 5 } });
      expect(whole.body.status.replicas).not.toBe(5);
      expect(whole.body.metadata.generation).toBe(1);
    });

    test('are found by their labels', async () => {
      await here().post('statefulsets', statefulSet('w-found'));
      await here().post('statefulsets', statefulSet('w-other'));
      const found = await here().list('statefulsets', 'labelSelector=uses%3Dw-found');
      expect(found.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
        'w-found',
      ]);
    });
  });
};
