import { describe, expect, test } from 'vitest';
import { blamed, expectRefusal, type Place } from './place.ts';

const TIME = '2026-01-01T00:00:00.000000Z';

const lease = (name: string, metadata: object = {}, spec: object = {}) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, ...metadata },
  spec: { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: TIME, renewTime: TIME, ...spec },
});

const event = (place: Place, name: string, more: object = {}) => ({
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  metadata: { name, namespace: place.namespace },
  eventTime: TIME,
  reportingController: 'tests.dev/controller',
  reportingInstance: 'one',
  action: 'Do',
  reason: 'Because',
  type: 'Normal',
  note: 'so it is',
  regarding: { apiVersion: 'v1', kind: 'Secret', namespace: place.namespace, name: 'some', uid: 'some' },
  ...more,
});

/** What the operator writes beside its work. */
export const aside = (here: () => Place): void => {
  describe('leases, events and ConfigMaps', () => {
    test('a lease goes from holder to holder, each with the version that it read', async () => {
      const { body: made } = await here().post('leases', lease('l-held'));
      const free = { ...made, spec: { ...made.spec, holderIdentity: '', leaseDurationSeconds: 1 } };
      const freed = await here().put('leases', 'l-held', free);
      expect([freed.status, freed.body.spec]).toEqual([200, free.spec]);
      expectRefusal(await here().put('leases', 'l-held', made), 409, 'Conflict');
      const open = await here().put('leases', 'l-held', lease('l-held'));
      expectRefusal(open, 422, 'Invalid');
      expect(blamed(open)).toEqual(['metadata.resourceVersion']);
    });

    test('a lease that was deleted is not renewed by who had it, but made by a PUT of anybody else', async () => {
      const { body: made } = await here().post('leases', lease('l-gone'));
      await here().delete('leases', 'l-gone');
      expectRefusal(await here().put('leases', 'l-gone', made), 409, 'Conflict');
      const again = await here().put('leases', 'l-gone', lease('l-gone', { resourceVersion: '5' }));
      expect(again.status).toBe(201);
      expect(again.body.metadata.uid).not.toBe(made.metadata.uid);
    });

    test('a lease of no time is 422', async () => {
      const spec = { leaseDurationSeconds: 0, leaseTransitions: -1 };
      const answer = await here().post('leases', lease('l-bad', {}, spec));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['spec.leaseDurationSeconds', 'spec.leaseTransitions']);
    });

    test('of an event only the series changes', async () => {
      const made = await here().post('events', event(here(), 'e-series'));
      expect(made.status).toBe(201);
      const series = { count: 2, lastObservedTime: TIME };
      const counted = await here().patch('events', 'e-series', { series });
      expect([counted.status, counted.body.series]).toEqual([200, series]);
      expectRefusal(await here().patch('events', 'e-series', { note: 'other' }), 422, 'Invalid');
      expectRefusal(await here().post('events', event(here(), 'e-series')), 409, 'AlreadyExists');
    });

    test('an event about what has no namespace is in `default` only', async () => {
      const regarding = { apiVersion: 'v1', kind: 'Namespace', name: 'some', uid: 'some' };
      const answer = await here().post('events', event(here(), 'e-cluster', { regarding }));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['involvedObject.namespace']);
    });

    test('an event says what was done and why', async () => {
      const bare = event(here(), 'e-bare', { action: undefined, reason: undefined });
      const answer = await here().post('events', bare);
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['action', 'reason']);
    });

    test('a ConfigMap has data', async () => {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'm-data' },
        data: { a: 'b' },
        bogus: 1,
      };
      const made = await here().post('configmaps', body);
      expect(made.body.data).toEqual({ a: 'b' });
      expect(made.body).not.toHaveProperty('bogus');
      const patched = await here().patch('configmaps', 'm-data', { data: { a: null, c: 'd' } });
      expect(patched.body.data).toEqual({ c: 'd' });
    });
  });
};
