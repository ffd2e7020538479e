import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from './journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mco-journal-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('what was appended is read again, in order, also by who comes later', async () => {
  const file = join(folder, 'not-there-yet/journal.jsonl');
  expect(await new Journal(file).read()).toEqual([]);
  await new Journal(file).append({ name: 'one' });
  await new Journal(file).append({ name: 'two\nlines' });
  expect(await new Journal(file).read()).toEqual([{ name: 'one' }, { name: 'two\nlines' }]);
});

test('half a line, of who was killed while writing it, is cut off, and the next entry is whole', async () => {
  const file = join(folder, 'journal.jsonl');
  const journal = new Journal(file);
  await journal.append({ name: 'größe' });
  await appendFile(file, '{"name":"hal');
  expect(await journal.read()).toEqual([{ name: 'größe' }]);
  await journal.append({ name: 'next' });
  expect(await readFile(file, 'utf8')).toBe('{"name":"größe"}\n{"name":"next"}\n');
});

test('a whole line that is no JSON is said, and not passed over', async () => {
  const file = join(folder, 'journal.jsonl');
  await appendFile(file, '{"name":\n');
  await expect(new Journal(file).read()).rejects.toThrow(SyntaxError);
});
