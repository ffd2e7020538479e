import { describe, expect, test } from 'vitest';
import { blamed, expectRefusal, Place, secret } from './place.ts';

export const secrets = (here: () => Place): void => {
  describe('a Secret', () => {
    test('has stringData as data, of type Opaque', async () => {
      const made = await here().secret('x-data', { data: { b: 'Yw==' } });
      expect(made).toMatchObject({ data: { a: 'Yg==', b: 'Yw==' }, type: 'Opaque' });
      expect(made).not.toHaveProperty('stringData');
      expect(made.metadata).not.toHaveProperty('generation');
    });

    test('merges stringData into data, and null takes a key away', async () => {
      await here().secret('x-merge');
      const { body } = await here().patch('secrets', 'x-merge', {
        stringData: { c: 'd' },
        data: { a: null },
      });
      expect(body.data).toEqual({ c: 'ZA==' });
      const none = await here().patch('secrets', 'x-merge', { data: { c: null } });
      expect(none.body).not.toHaveProperty('data');
    });

    test('does not know other fields', async () => {
      const made = await here().secret('x-fields');
      const { body } = await here().patch('secrets', 'x-fields', { bogus: 1, metadata: { bogus: 1 } });
      expect(body).toEqual(made);
    });

    test('keeps its type for ever', async () => {
      await here().secret('x-type');
      const answer = await here().patch('secrets', 'x-type', { type: 'kubernetes.io/foo' });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['type']);
      expect(answer.body.details).toMatchObject({ name: 'x-type', kind: 'Secret' });
    });

    test('that is immutable keeps its data and stays so, but not its metadata', async () => {
      await here().secret('x-fixed', { immutable: true });
      const data = await here().patch('secrets', 'x-fixed', { stringData: { a: 'c' } });
      expectRefusal(data, 422, 'Invalid');
      expect(blamed(data)).toEqual(['data']);
      const open = await here().patch('secrets', 'x-fixed', { immutable: null, stringData: { a: 'c' } });
      expect(blamed(open)).toEqual(['immutable', 'data']);
      const labels = await here().patch('secrets', 'x-fixed', { metadata: { labels: { a: 'b' } } });
      expect(labels.status).toBe(200);
      expect((await here().delete('secrets', 'x-fixed')).status).toBe(200);
    });

    test('that is immutable and empty is not even given an empty map', async () => {
      await here().secret('x-fixed-empty', { immutable: true, stringData: {} });
      const answer = await here().patch('secrets', 'x-fixed-empty', { data: { a: null } });
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['data']);
    });

    test('may become immutable', async () => {
      await here().secret('x-fixing');
      const { body } = await here().patch('secrets', 'x-fixing', { immutable: true, stringData: { a: 'c' } });
      expect(body).toMatchObject({ immutable: true, data: { a: 'Yw==' } });
    });

    test('has values of base64 under keys of few characters', async () => {
      const value = await here().post('secrets', secret('x-bad', { data: { c: '!!' } }));
      expectRefusal(value, 400, 'BadRequest');
      const key = await here().post('secrets', secret('x-bad', { data: { 'a b': 'Yg==' } }));
      expectRefusal(key, 422, 'Invalid');
      expect(blamed(key)).toEqual(['data[a b]']);
      await here().secret('x-bad');
      const patch = await here().patch('secrets', 'x-bad', { data: { c: '!!' } });
      expectRefusal(patch, 422, 'Invalid');
      expect(blamed(patch)).toEqual(['patch']);
    });

    test('of a well-known type has its keys', async () => {
      const answer = await here().post('secrets', secret('x-tls', { type: 'kubernetes.io/tls' }));
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['data[tls.crt]', 'data[tls.key]']);
    });

    test('is at most 1 MiB', async () => {
      const answer = await here().post(
        'secrets',
        secret('x-big', { stringData: { a: 'x'.repeat(1024 * 1024 + 1) } }),
      );
      expectRefusal(answer, 422, 'Invalid');
      expect(blamed(answer)).toEqual(['data']);
    });

    test('is refused by a quota, before it is asked whether its name is taken, in a dry run too', async () => {
      const limited = await Place.make(here().rig);
      await limited.secret('one');
      await limited.rig.limitSecrets(limited.namespace, 1);
      for (const [name, query] of [
        ['two', ''] as const,
        ['one', ''] as const,
        ['two', '?dryRun=All'] as const,
      ]) {
        const answer = await limited.post('secrets', secret(name), query);
        expectRefusal(answer, 403, 'Forbidden');
        expect(answer.body.message).toBe(
          `secrets "${name}" is forbidden: exceeded quota: quota, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1`,
        );
        expect(answer.body.details).toEqual({ name, kind: 'secrets' });
      }
      const invalid = await limited.post('secrets', secret('two', { type: 'kubernetes.io/tls' }));
      expectRefusal(invalid, 422, 'Invalid');
      expect((await limited.patch('secrets', 'one', { stringData: { a: 'c' } })).status).toBe(200);
    });
  });
};
