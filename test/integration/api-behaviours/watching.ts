import { beforeEach, describe, expect, test } from 'vitest';
import { blamed, expectRefusal, PARTIAL, Place, take, told } from './place.ts';

const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

export const watching = (here: () => Place): void => {
  describe('watch', () => {
    let place: Place;
    beforeEach(async () => {
      place = await Place.make(here().rig);
    });
    /** From where nothing of what comes has happened yet. */
    const version = async (): Promise<string> =>
      (await place.list('secrets', '')).body.metadata.resourceVersion;

    test('that begins with all objects ends them with a bookmark, and goes on', async () => {
      await place.secret('b');
      await place.secret('a');
      const watch = await place.watch('secrets', INITIAL);
      const begun = [await watch.next(), await watch.next(), await watch.next()];
      await place.secret('c');
      const lines = [...begun.filter((line) => line !== undefined), ...(await take(watch, 1))];
      expect(told(lines)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK', 'ADDED c']);
      const [, second, bookmark] = lines;
      expect(second?.object).toEqual((await place.get('secrets', 'b')).body);
      expect(bookmark?.object).toMatchObject({
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
      expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(
        Number(lines[0]?.object.metadata.resourceVersion),
      );
    });

    test('that begins with all objects may begin with none', async () => {
      const [bookmark] = await take(await place.watch('machineclients', INITIAL), 1);
      expect(bookmark).toMatchObject({
        type: 'BOOKMARK',
        object: { kind: 'MachineClient', apiVersion: 'machine-client.dev/v1beta1' },
      });
    });

    test('of metadata only has it in bookmarks too', async () => {
      await place.secret('a');
      const lines = await take(await place.watch('secrets', INITIAL, PARTIAL), 2);
      expect(told(lines)).toEqual(['ADDED a', 'BOOKMARK']);
      for (const { object } of lines)
        expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
      expect(lines[0]?.object).not.toHaveProperty('data');
    });

    test('that begins with all objects says with which version, and other watches do not', async () => {
      for (const query of ['sendInitialEvents=true', 'resourceVersion=1&resourceVersionMatch=NotOlderThan']) {
        const watch = await place.watch('secrets', query);
        const answer = await watch.next();
        const reply = { status: watch.status, headers: {}, body: answer?.object };
        expectRefusal(reply, 422, 'Invalid');
        expect(blamed(reply)).toEqual(['resourceVersionMatch']);
      }
    });

    test.each(['', 'resourceVersion=0'])(
      'from no version in particular (%s) begins with all objects',
      async (from) => {
        await place.secret('a');
        const watch = await place.watch('secrets', from);
        const first = await watch.next();
        await place.secret('b');
        expect(told([...(first ? [first] : []), ...(await take(watch, 1))])).toEqual(['ADDED a', 'ADDED b']);
      },
    );

    test('without the initial events begins now', async () => {
      await place.secret('a');
      const query = 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
      const watch = await place.watch('secrets', query);
      await place.secret('b');
      expect(told(await take(watch, 1))).toEqual(['ADDED b']);
    });

    test('tells every change after its version, in order, with the versions of the changes', async () => {
      const from = await version();
      const made = await place.secret('a');
      const changed = await place.patch('secrets', 'a', { stringData: { a: 'c' } });
      await place.patch('secrets', 'a', { stringData: { a: 'c' } });
      await place.delete('secrets', 'a');
      const lines = await take(await place.watch('secrets', `resourceVersion=${from}`), 3);
      expect(told(lines)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
      expect(lines[0]?.object).toEqual(made);
      expect(lines[1]?.object).toEqual(changed.body);
      const { resourceVersion, ...last } = lines[2]?.object.metadata ?? {};
      expect(Number(resourceVersion)).toBeGreaterThan(Number(changed.body.metadata.resourceVersion));
      const { resourceVersion: _, ...before } = changed.body.metadata;
      expect(last).toEqual(before);
    });

    test('tells only what is newer than its version', async () => {
      const { metadata } = await place.secret('a');
      await place.secret('b');
      const lines = await take(
        await place.watch('secrets', `resourceVersion=${metadata.resourceVersion}`),
        1,
      );
      expect(told(lines)).toEqual(['ADDED b']);
    });

    test('tells nothing of dry runs and of refused writes', async () => {
      const from = await version();
      await place.rig.call('POST', place.path('secrets', '?dryRun=All'), {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'dry' },
      });
      await place.secret('a');
      await place.patch('secrets', 'a?dryRun=All', { stringData: { a: 'c' } });
      await place.patch('secrets', 'a', { metadata: { resourceVersion: '1' } });
      await place.secret('z');
      const lines = await take(await place.watch('secrets', `resourceVersion=${from}`), 2);
      expect(told(lines)).toEqual(['ADDED a', 'ADDED z']);
    });

    test('sees what is held by a finalizer change, and then go as it was before', async () => {
      const made = await place.client('a', { finalizers: ['tests.dev/hold'] });
      const marked = await place.delete('machineclients', 'a');
      await place.patch('machineclients', 'a', { metadata: { finalizers: null, labels: { last: 'words' } } });
      const query = `resourceVersion=${made.metadata.resourceVersion}`;
      const lines = await take(await place.watch('machineclients', query), 2);
      expect(told(lines)).toEqual(['MODIFIED a', 'DELETED a']);
      expect(lines[0]?.object).toEqual(marked.body);
      const { resourceVersion: _, ...last } = lines[1]?.object.metadata ?? {};
      const { resourceVersion: __, ...before } = marked.body.metadata;
      expect(last).toEqual(before);
    });

    test('with a selector sees what comes into it as new, and what leaves it as deleted', async () => {
      const from = await version();
      await place.secret('other');
      await place.secret('a', {}, { labels: { app: 'x' } });
      await place.patch('secrets', 'a', { stringData: { a: 'c' } });
      const left = await place.patch('secrets', 'a', {
        metadata: { labels: { app: 'y' } },
        stringData: { a: 'd' },
      });
      await place.patch('secrets', 'a', { metadata: { labels: { app: 'x' } } });
      await place.delete('secrets', 'a');
      const query = `resourceVersion=${from}&labelSelector=app%3Dx`;
      const lines = await take(await place.watch('secrets', query), 5);
      expect(told(lines)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'DELETED a']);
      // It is told of as it was last in the selection, with the version of the change.
      expect(lines[2]?.object).toMatchObject({
        metadata: { labels: { app: 'x' }, resourceVersion: left.body.metadata.resourceVersion },
        data: { a: 'Yw==' },
      });
    });

    test('by name and by field', async () => {
      const from = await version();
      await place.client('a');
      await place.client('b', {}, { providerRef: { name: 'other' } });
      const byName = `resourceVersion=${from}&fieldSelector=metadata.name%3Db`;
      expect(told(await take(await place.watch('machineclients', byName), 1))).toEqual(['ADDED b']);
      const byField = `resourceVersion=${from}&fieldSelector=spec.providerRef.name%3Dother`;
      expect(told(await take(await place.watch('machineclients', byField), 1))).toEqual(['ADDED b']);
    });

    test('of all namespaces sees each', async () => {
      const from = await version();
      const name = `w-${place.namespace}`;
      await place.secret(name);
      const path = `/api/v1/secrets?watch=true&timeoutSeconds=30&resourceVersion=${from}&fieldSelector=metadata.name%3D${name}`;
      const [line] = await take(await place.rig.watch(path), 1);
      expect(line?.object.metadata.namespace).toBe(place.namespace);
    });

    test('from a version that is long gone is accepted, and then told 410 Expired', async () => {
      const watch = await place.watch('machineclients', 'resourceVersion=1');
      expect(watch.status).toBe(200);
      const line = await watch.next();
      expect(line).toMatchObject({
        type: 'ERROR',
        object: {
          kind: 'Status',
          status: 'Failure',
          code: 410,
          reason: 'Expired',
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
        },
      });
      expect(await watch.next()).toBeUndefined();
    });

    test('from a version of the future is silent until then', async () => {
      const watch = await place.rig.watch(
        place.path('secrets', `?watch=true&timeoutSeconds=1&resourceVersion=99999999`),
      );
      expect(watch.status).toBe(200);
      await place.secret('a');
      const first = await Promise.race([watch.next(), place.rig.pause().then(() => 'silence')]);
      expect(first).toBe('silence');
      watch.close();
    });

    test('of all objects as of a version of the future is told 504', async () => {
      const watch = await place.watch('secrets', `${INITIAL}&resourceVersion=99999999`);
      expect(watch.status).toBe(200);
      expect(await watch.next()).toMatchObject({
        type: 'ERROR',
        object: {
          code: 504,
          reason: 'Timeout',
          details: {
            causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            retryAfterSeconds: 1,
          },
        },
      });
    });
  });
};
