import { afterAll, beforeAll, expect, test } from 'vitest';
import { helm4 } from '../tools/tools.ts';
import { chart, good, Helm, inRelease, release } from './helm.ts';

/** What Helm prints after an installation; no cluster is asked. */
let helm: Helm;

beforeAll(async () => {
  helm = await Helm.find(helm4);
});
afterAll(async () => {
  await helm[Symbol.asyncDispose]();
});

const notesOf = async (values: object): Promise<string> => {
  const file = await helm.values(values);
  const printed = await good(
    helm.run('install', release, chart, ...inRelease, '--dry-run=client', '--values', file),
  );
  return /^NOTES:\n(.*)$/ms.exec(printed)?.[1] ?? expect.fail('there are no notes');
};

const provider = { enabled: true, spec: { type: 'Stytch' } };
const each = [
  {},
  { watchNamespaces: ['team'], installationId: 'team' },
  { defaultProvider: provider },
  { defaultProvider: provider, allowInsecureProviderUrls: true, networkPolicy: { enabled: true } },
  { allowInsecureProviderUrls: true, networkPolicy: { enabled: true }, crds: { keep: false } },
];

test.each(each)('each paragraph stands by itself: %j', async (values) => {
  const notes = await notesOf(values);
  expect(notes).not.toMatch(/\n\n\n/);
  // A paragraph begins at the margin with a capital, a code word or the name of a value, and ends with `.` or with commands.
  const [commands = ''] = /^ {2}kubectl apply -n [^]*?^END$/m.exec(notes) ?? [];
  const paragraphs = notes.replace(commands, '  the manifests').trim().split('\n\n');
  for (const paragraph of paragraphs) expect(paragraph).toMatch(/^\S[^]*(\.|:(\n {2}\S.*)+)$/);
  for (const first of ['See that it is ready:', 'What there is, and why'])
    expect(paragraphs.some((paragraph) => paragraph.startsWith(first))).toBe(true);
  const next = 'defaultProvider' in values ? 'The provider object' : 'Next, a provider';
  expect(paragraphs.some((paragraph) => paragraph.startsWith(next))).toBe(true);
});

test('what is less safe, and what is cut off, is said', async () => {
  const insecure = 'allowInsecureProviderUrls is on';
  expect(await notesOf({})).not.toContain(insecure);
  expect(await notesOf({ allowInsecureProviderUrls: true })).toContain(insecure);
  const cutOff = 'behind another port is cut off';
  const networkPolicy = { enabled: true };
  expect(await notesOf({})).not.toMatch('NetworkPolicy');
  const notes = await notesOf({ networkPolicy: { ...networkPolicy, egressPorts: [443, 16443] } });
  expect(notes).toContain('the ports 443, 16443 only');
  expect(notes.replaceAll('\n', ' ')).toContain('API server behind another port is cut off');
  // Their own rules are theirs to know.
  expect(await notesOf({ networkPolicy: { ...networkPolicy, egress: [{}] } })).not.toContain(cutOff);
});
