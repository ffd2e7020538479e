import { describe, expect, test } from 'vitest';
import { ABSENT, blamed, expectRefusal, type Place } from './place.ts';

const CONDITION = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
};

export const status = (here: () => Place): void => {
  describe('the status subresource', () => {
    test('is the only way to the status, and counts no generation', async () => {
      await here().client('s-only');
      const main = await here().patch('machineclients', 's-only', { status: { clientId: 'no' } });
      expect(main.body.status).toEqual({ observedGeneration: -1 });
      const patch = { status: { clientId: 'yes', observedGeneration: 1, conditions: [CONDITION], bogus: 1 } };
      const { body } = await here().patch('machineclients', 's-only/status', patch);
      expect(body.status).toEqual({ clientId: 'yes', observedGeneration: 1, conditions: [CONDITION] });
      expect(body.metadata.generation).toBe(1);
      expect((await here().get('machineclients', 's-only')).body).toEqual(body);
    });

    test('changes neither spec nor metadata', async () => {
      const made = await here().client('s-rest');
      const { body } = await here().patch('machineclients', 's-rest/status', {
        metadata: { labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['tests.dev/a'] },
        spec: { state: 'Inactive' },
        status: { clientId: 'q' },
      });
      expect(body.spec).toEqual(made.spec);
      const { resourceVersion: _, ...metadata } = made.metadata;
      expect(body.metadata).toMatchObject(metadata);
      for (const field of ['labels', 'annotations', 'finalizers'])
        expect(body.metadata).not.toHaveProperty(field);
    });

    test('holds to a resourceVersion, and not to a uid', async () => {
      await here().client('s-held');
      const stale = { metadata: { resourceVersion: '1' }, status: { clientId: 'q' } };
      expectRefusal(await here().patch('machineclients', 's-held/status', stale), 409, 'Conflict');
      const other = { metadata: { uid: ABSENT }, status: { clientId: 'q' } };
      const answer = await here().patch('machineclients', 's-held/status', other);
      expect([answer.status, answer.body.status.clientId]).toEqual([200, 'q']);
    });

    test('says it again without a new version', async () => {
      await here().client('s-again');
      const patch = { status: { observedGeneration: 1, conditions: [CONDITION] } };
      const first = await here().patch('machineclients', 's-again/status', patch);
      const again = await here().patch('machineclients', 's-again/status', patch);
      expect(again.body).toEqual(first.body);
    });

    test('null gives its defaults', async () => {
      await here().client('s-null');
      await here().patch('machineclients', 's-null/status', { status: { clientId: 'q' } });
      const { body } = await here().patch('machineclients', 's-null/status', { status: null });
      expect(body.status).toEqual({ observedGeneration: -1 });
    });

    test('that breaks the schema is 422', async () => {
      await here().client('s-bad');
      const answer = await here().patch('machineclients', 's-bad/status', {
        status: { secretVersion: 'one', conditions: [{ ...CONDITION, status: 'Maybe' }] },
      });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer).sort()).toEqual(['status.conditions[0].status', 'status.secretVersion']);
    });

    test('of what does not exist is 404, and so is that of a Secret', async () => {
      const patch = { status: { clientId: 'q' } };
      expectRefusal(await here().patch('machineclients', 's-none/status', patch), 404, 'NotFound');
      await here().secret('s-secret');
      expectRefusal(await here().patch('secrets', 's-secret/status', patch), 404, 'NotFound');
    });
  });
};
