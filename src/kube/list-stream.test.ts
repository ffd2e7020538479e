import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../runtime/clock.ts';
import { readList } from './list-stream.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const read = async (text: string, size = 7) => {
  const items: unknown[] = [];
  const rest = await readList(pieces(text, size), systemClock, (bytes) =>
    items.push(JSON.parse(Buffer.from(bytes).toString())),
  );
  return { items, rest };
};

describe('readList', () => {
  test('any list, in pieces of any size, is what the parser makes of it', async () => {
    const item = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), {
      noNullPrototype: true,
    });
    const list = fc.record({ items: fc.array(item, { maxLength: 5 }), last: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        list,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(undefined, 1),
        async ({ items, last }, size, space) => {
          const metadata = { resourceVersion: '1', continue: 'a[{"\\' };
          const whole = last ? { kind: 'List', items, metadata } : { metadata, items };
          const text = JSON.stringify(whole, undefined, space);
          const { items: ours, rest } = await read(text, size);
          expect(ours).toStrictEqual((JSON.parse(text) as { items: unknown }).items);
          expect(rest).toStrictEqual({ ...whole, items: [] });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a list of Go that has none', async () => {
    expect(await read('{"items":null,"metadata":{}}')).toEqual({
      items: [],
      rest: { items: null, metadata: {} },
    });
  });

  test('an item of any depth', async () => {
    const deep = `${'{"a":'.repeat(5_000)}0${'}'.repeat(5_000)}`;
    let length = 0;
    await readList(pieces(`{"items":[${deep}]}`, 1_000), systemClock, (bytes) => (length = bytes.length));
    expect(length).toBe(deep.length);
  });

  test.each(['', '{"items":[{"a":1}', '{"items":[{"a":1', '{"items":[{}]', '<html>', '{"items":[{}]}}'])(
    'what is no list, or not whole: %s',
    async (text) => {
      await expect(read(text)).rejects.toThrow(SyntaxError);
    },
  );

  test('a list that is far too long is given up', async () => {
    async function* endless(begin: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(begin);
      const more = Buffer.alloc(1024 * 1024, 0x20);
      for (;;) yield more;
    }
    const nothing = (): void => {};
    await expect(readList(endless('{"items":[{"a":"'), systemClock, nothing)).rejects.toThrow(SyntaxError);
    await expect(readList(endless('{"metadata":"'), systemClock, nothing)).rejects.toThrow(SyntaxError);
  });
});
