/** What each provider can do, in words: the tables of docs/providers, from what the providers declare. */
import { basename } from 'node:path';
import type { Capabilities } from '../src/providers/provider.ts';
import { between, table } from './markdown.ts';
import { pageOf } from './provider-files.ts';

/** `undefined`: there is no such thing at this provider. */
interface Line {
  readonly title: string;
  readonly say: (capabilities: Capabilities) => string | undefined;
}

const styles: Readonly<Record<Capabilities['style'], string>> = {
  additive: 'additive: credentials are added and deleted one by one',
  'two-phase': 'two-phase: one is current, at most one is next',
  staged: 'staged: one is current, at most one is rotated, and both can be read',
  ephemeral: 'ephemeral: a secret is issued, and ends by itself',
};

const yes = (can: boolean): string => (can ? 'yes' : 'no');
const codes = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || 'none';
const hasClients = ({ style }: Capabilities): boolean => style !== 'ephemeral';
/** Means something only where there are clients. */
const ofClients =
  (say: (capabilities: Capabilities) => string | undefined): Line['say'] =>
  (capabilities) =>
    hasClients(capabilities) ? say(capabilities) : undefined;
const ofList =
  (say: (capabilities: Capabilities) => string): Line['say'] =>
  (capabilities) =>
    capabilities.canList ? say(capabilities) : undefined;
const units = { h: 3_600_000, min: 60_000, s: 1_000 } as const;
/** In the largest unit of which it is a whole number. */
const duration = (ms: number): string => {
  const [unit, size] = Object.entries(units).find(([, one]) => ms % one === 0) ?? ['ms', 1];
  return `${ms / size} ${unit}`;
};
const characters = (field: 'displayName' | 'description'): Line => ({
  title: `characters of \`${field}\` that are left to the user, whatever the names`,
  say: ({ fields, textLimits }) => (fields.includes(field) ? String(textLimits[field]) : undefined),
});

/** No field of the capabilities is left out: the compiler sees to it. */
const lines: Readonly<Record<keyof Capabilities, readonly Line[]>> = {
  style: [{ title: 'style of rotation', say: ({ style }) => styles[style] }],
  choosesClientId: [
    {
      title: 'who names a client',
      say: ofClients(({ choosesClientId }) =>
        choosesClientId ? 'the operator, so a repeated creation collides' : 'the provider',
      ),
    },
  ],
  createsCredential: [
    {
      title: 'first credential of a client',
      say: ofClients(({ createsCredential }) =>
        createsCredential ? 'comes with its creation' : 'takes a call of its own',
      ),
    },
  ],
  credentialLimit: [
    {
      title: 'credentials that live at once',
      say: ({ credentialLimit: most }) => (most === undefined ? 'no limit is known' : `at most ${most}`),
    },
  ],
  keepsLastCredential: [
    {
      title: 'the last credential of a client can be deleted',
      say: ofClients(({ keepsLastCredential }) => yes(!keepsLastCredential)),
    },
  ],
  marksCredentials: [
    {
      title: 'a credential says which operation issued it',
      say: ofClients(({ marksCredentials }) => yes(marksCredentials)),
    },
  ],
  writesKeySet: [
    {
      title: 'the credentials of a client are written as one set',
      say: ofClients(({ writesKeySet }) => yes(writesKeySet)),
    },
  ],
  updatesInParts: [
    {
      title: 'changes of several fields may take several calls',
      say: ofClients(({ updatesInParts }) => yes(updatesInParts)),
    },
  ],
  marksLater: [
    {
      title:
        'a client that is there can be taken over, and let go: `adoptionPolicy`, `deletionPolicy: Retain`',
      say: ofClients(({ marksLater }) => yes(marksLater)),
    },
  ],
  identifiesCredentials: [
    {
      title: 'a secret tells which credential it is',
      say: ofClients(({ identifiesCredentials }) => yes(identifiesCredentials)),
    },
  ],
  secretFields: [
    {
      title: 'what a credential consists of: `field` of `spec.secret.entries`',
      say: ({ secretFields }) => codes(secretFields),
    },
  ],
  proofTimeMs: [
    {
      title: 'how long a new credential may be refused before it works',
      say: ofClients(({ proofTimeMs }) =>
        proofTimeMs === 0 ? 'not at all' : `up to ${duration(proofTimeMs)}`,
      ),
    },
  ],
  readLagMs: [
    {
      title: 'how long a client that was just made may be missing from lists and look-ups',
      say: ofClients(({ readLagMs }) => (readLagMs === 0 ? 'not at all' : `up to ${duration(readLagMs)}`)),
    },
  ],
  canList: [{ title: 'clients can be looked up and listed', say: ({ canList }) => yes(canList) }],
  listsByOrganization: [
    {
      title: 'a list shows',
      say: ofList(({ listsByOrganization }) =>
        listsByOrganization ? 'the clients of one organization' : 'the clients of the account',
      ),
    },
  ],
  pageSize: [
    {
      title: 'clients on a page of the list',
      say: ofList(({ pageSize }) =>
        pageSize === undefined ? 'all of them' : `at most ${pageSize.toLocaleString('en-US')}`,
      ),
    },
  ],
  reports: [
    {
      title: 'shows the last characters of a credential',
      say: ofClients(({ reports }) => yes(reports.suffix)),
    },
    {
      title: 'reports the last use of a credential: `retireWhenUnused`',
      say: ofClients(({ reports }) => yes(reports.lastUse)),
    },
    { title: 'reports the end of a credential: `rotateBefore`', say: ({ reports }) => yes(reports.expiry) },
  ],
  canDeactivate: [
    {
      title: '`state: Inactive` can be had',
      say: ofClients(({ canDeactivate }) => yes(canDeactivate)),
    },
  ],
  fields: [{ title: 'fields of the spec that are kept there', say: ({ fields }) => codes(fields) }],
  clearable: [
    {
      title: '… of which these can be cleared again',
      say: ofClients(({ clearable }) => codes(clearable)),
    },
  ],
  textLimits: [characters('displayName'), characters('description')],
};

const allLines = Object.values(lines).flat();
const begin = '<!-- capabilities -->\n';
const end = '<!-- /capabilities -->';

/** The page of one provider with its table written anew. What does not exist there is not in it. */
export const withCapabilities = (
  page: string,
  path: string,
  type: string,
  capabilities: Capabilities,
): string =>
  between(
    page,
    path,
    begin,
    end,
    table(
      ['', type],
      allLines.flatMap(({ title, say }) => {
        const said = say(capabilities);
        return said === undefined ? [] : [[title, said]];
      }),
    ),
  );

interface Compared {
  readonly type: string;
  readonly module: { readonly capabilities: Capabilities };
}

/** The page of all providers with the table that compares them. */
export const withComparison = (page: string, path: string, columns: readonly Compared[]): string =>
  between(
    page,
    path,
    begin,
    end,
    table(
      ['', ...columns.map(({ type }) => `[${type}](${basename(pageOf(type))})`)],
      allLines.map(({ title, say }) => [
        title,
        ...columns.map(({ module }) => say(module.capabilities) ?? '–'),
      ]),
    ),
  );
