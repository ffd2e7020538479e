import { beforeEach, expect, test } from 'vitest';
import { machineClients } from '../api/objects.ts';
import { KubeError } from '../kube/errors.ts';
import { OperatorError } from '../runtime/errors.ts';
import { makeLogger } from './log.ts';

const hostile = 'a\u001b[2Jb\u009b31mc\u202ed\u2028e\rf';
/** What a terminal obeys: C0 but for the end of the line, DEL, C1, directions, and the separators of lines. */
const isObeyed = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(character) && code !== 0x0a;
};

let lines: string[];
beforeEach(() => {
  lines = [];
});
const log = () => makeLogger('info', { write: (line: string) => void lines.push(line) });

test.each([
  ['a field', () => log().info({ name: hostile }, 'said')],
  ['a message', () => log().info(hostile)],
  ['a text of an error', () => log().warn({ error: hostile }, 'said')],
  ['an error of ours', () => log().warn({ err: new OperatorError('MCO_X', hostile) }, 'said')],
  [
    "an error of the API server's",
    () =>
      log().warn(
        { error: new KubeError({ verb: 'get', resource: machineClients, name: hostile }, refused) },
        'said',
      ),
  ],
])('%s cannot do anything to the terminal that shows it, and is one line of JSON', (_name, say) => {
  say();
  const [line = ''] = lines;
  expect(lines).toHaveLength(1);
  expect([...line].filter(isObeyed)).toEqual([]);
  expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
  expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
});
const refused = { status: 403, reason: 'Forbidden', outcome: 'rejected' } as const;

test('of an error that is not ours neither message nor fields are kept: they may quote what was being parsed', () => {
  const foreign = Object.assign(new SyntaxError('Unexpected token s3cret'), { body: 's3cret', code: 'EX' });
  log().error({ err: foreign }, 'failed');
  log().error({ err: 's3cret' }, 'failed');
  expect(lines.join('')).not.toContain('s3cret');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { type: 'SyntaxError', code: 'EX' } });
});
