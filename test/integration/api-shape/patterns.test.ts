import { expect, test } from 'vitest';
import { causesOf, kinds, useCluster } from './cluster.ts';
import { nodesOf, pathsTo, readGolden, schemaOf, withValue } from './golden.ts';
import { patternExamples } from './pattern-examples.ts';

/** What each pattern is for, by texts that it takes and texts that it refuses. */

const { tryCreate } = useCluster('patterns');

test.each(patternExamples)('$pattern', async ({ pattern, kind, place, accepted, refused }) => {
  const specs = (await readGolden(kind)).map(({ spec }) => spec);
  const spec = specs.find((one) => pathsTo(one, place).length > 0) ?? {};
  const path = pathsTo(spec, place)[0] ?? [];
  const answerTo = (text: string) =>
    tryCreate(
      kind,
      withValue(spec, path, () => text),
    );
  for (const text of accepted) {
    const answer = await answerTo(text);
    expect(answer.status, `${JSON.stringify(text)} ${answer.body.message}`).toBe(201);
  }
  for (const text of refused) {
    const answer = await answerTo(text);
    expect(answer.status, JSON.stringify(text)).toBe(422);
    const messages = causesOf(answer).map(({ message }) => message);
    expect(messages, text).toContainEqual(expect.stringContaining(`in body should match '${pattern}'`));
  }
});

test('every pattern has an example', async () => {
  const found = new Set<string>();
  for (const kind of kinds)
    for (const { schema } of nodesOf((await schemaOf(kind)).properties?.['spec'] ?? {}, []))
      if (schema.pattern !== undefined) found.add(schema.pattern);
  expect(patternExamples.map(({ pattern }) => pattern).sort()).toEqual([...found].sort());
});
