import { createHash } from 'node:crypto';
import { annotations as names, labels } from '../api/group.ts';
import type { MachineClientSpec } from '../api/schema/machine-client.ts';
import type { EntryField } from '../api/schema/machine-client-secret.ts';
import type { Entries, NewCredential } from '../providers/provider.ts';
import { sign, type IntegrityKey } from './integrity.ts';
import { isSecretField, layoutOf } from './layout.ts';
import { formatLayout, formatOwner, type Owner } from './secret-view.ts';

/** What is known of a credential besides its value; the same for a dry run and for the publication after it. */
export interface Surroundings {
  readonly tokenUrl: string;
  readonly issuer: string;
  readonly providerType: string;
  /** Of the Secret, named by the spec or chosen by the operator. */
  readonly entries: Entries;
}

/** A client secret, and a token endpoint that takes it; an access key or a bearer is something else. */
const isOauth2 = ({ tokenUrl, entries }: Surroundings): boolean => {
  const secrets = entries.map(({ field }) => field).filter(isSecretField);
  return tokenUrl !== '' && (secrets.length === 0 || secrets.includes('ClientSecret'));
};

/** Values of the fields that are no secret. */
const plainValue = (
  field: EntryField,
  clientId: string,
  spec: MachineClientSpec,
  around: Surroundings,
): string => {
  switch (field) {
    case 'ClientID':
      return clientId;
    case 'TokenURL':
      return around.tokenUrl;
    case 'Issuer':
      return around.issuer;
    case 'Scopes':
      return (spec.scopes ?? []).join(' ');
    case 'Provider':
      return around.providerType.toLowerCase();
    // https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries
    case 'Type':
      return isOauth2(around) ? 'oauth2' : around.providerType.toLowerCase();
    case 'ClientSecret':
    case 'PrivateKey':
    case 'AccessKey':
    case 'RoleID':
    case 'KeyID':
    case 'ExpiryTime':
      return '';
  }
};

/**
 * All that the spec and the provider say of the Secret, without any secret: a digest, and the names of the labels and
 * annotations that the spec asks for, so that one that leaves the spec is taken off and no other ever is. When it
 * differs from the annotation, the Secret is written anew from the credential that it holds.
 */
export const wantedTemplate = (spec: MachineClientSpec, clientId: string, around: Surroundings): string => {
  const layout = layoutOf(spec, around.entries);
  const plain = layout.map(([, field]) =>
    field === 'DotEnv' || field === 'JSON' ? '' : plainValue(field, clientId, spec, around),
  );
  const { labels: ownLabels = {}, annotations: ownAnnotations = {} } = spec.secret;
  const digest = createHash('sha256').update(JSON.stringify([layout, plain, ownLabels, ownAnnotations]));
  const names: TemplateNames = { labels: Object.keys(ownLabels), annotations: Object.keys(ownAnnotations) };
  return `${digest.digest('base64url').slice(0, 22)} ${JSON.stringify(names)}`;
};

interface TemplateNames {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** The names that an earlier publication set; none where the annotation does not say. */
export const templateNames = (template: string): TemplateNames => {
  try {
    const { labels: l, annotations: a } = JSON.parse(
      template.slice(template.indexOf(' ') + 1),
    ) as Partial<TemplateNames>;
    return { labels: Array.isArray(l) ? l : [], annotations: Array.isArray(a) ? a : [] };
  } catch {
    return { labels: [], annotations: [] };
  }
};

/** A shell's name for a key: it cannot begin with a digit. */
const envName = (key: string): string =>
  key
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^(?=[0-9])/, '_');

/** A .env file: single quotes keep every character but themselves; a name is made of the key. */
const dotEnv = (values: readonly (readonly [string, string])[]): string =>
  values.map(([key, value]) => `${envName(key)}='${value.replaceAll("'", `'"'"'`)}'\n`).join('');

/** The Secret's data in base64. The one place where a secret value is turned into what is sent to the API server. */
export const renderData = (
  spec: MachineClientSpec,
  clientId: string,
  { values, expiryTime }: Pick<NewCredential, 'values' | 'expiryTime'>,
  around: Surroundings,
): Record<string, string> => {
  const valueOf = (field: EntryField): string => {
    if (isSecretField(field)) return values[field]?.reveal() ?? '';
    if (field === 'ExpiryTime') return expiryTime === undefined ? '' : new Date(expiryTime).toISOString();
    return plainValue(field, clientId, spec, around);
  };
  const entries = around.entries.map(({ key, field }) => [key, valueOf(field)] as const);
  const formats = (spec.secret.outputFormats ?? []).map(
    ({ key, type }) =>
      [
        key,
        type === 'DotEnv' ? dotEnv(entries) : `${JSON.stringify(Object.fromEntries(entries))}\n`,
      ] as const,
  );
  return Object.fromEntries(
    [...entries, ...formats].map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')]),
  );
};

export interface Publication {
  readonly spec: MachineClientSpec;
  readonly owner: Owner;
  /** By the API server's clock, in milliseconds since the epoch. */
  readonly ownerCreated: number;
  /** Of the Secret. */
  readonly name: string;
  readonly clientId: string;
  readonly credential: NewCredential;
  readonly operation: string;
  readonly version: number;
  readonly now: number;
  readonly rotateRequest: string | undefined;
  /** See `SecretView.first`. */
  readonly first?: boolean | undefined;
  /** When the credential was first published; left out: now. */
  readonly rotatedAt?: number | undefined;
  readonly around: Surroundings;
}

/** Labels, annotations and data of a publication: all of it goes out in one write. */
export const renderSecret = (publication: Publication, key: IntegrityKey) => {
  const { spec, clientId, around, credential } = publication;
  const data = renderData(spec, clientId, credential, around);
  const layout = layoutOf(spec, around.entries);
  return {
    labels: { ...spec.secret.labels, [labels.managed]: 'true' },
    annotations: {
      ...spec.secret.annotations,
      [names.operation]: publication.operation,
      [names.clientId]: clientId,
      [names.credentialId]: credential.id,
      ...(credential.previous !== undefined && { [names.previousCredentialId]: credential.previous }),
      ...(credential.terms !== undefined && { [names.terms]: credential.terms }),
      ...(credential.expiryTime !== undefined && {
        [names.expiryTime]: new Date(credential.expiryTime).toISOString(),
      }),
      ...(credential.imported === true && { [names.imported]: 'true' }),
      ...(publication.first === true && { [names.firstCredential]: 'true' }),
      [names.secretVersion]: String(publication.version),
      [names.publishedAt]: new Date(publication.now).toISOString(),
      [names.rotatedAt]: new Date(publication.rotatedAt ?? publication.now).toISOString(),
      [names.owner]: formatOwner(publication.owner),
      [names.ownerCreated]: new Date(publication.ownerCreated).toISOString(),
      [names.secretName]: publication.name,
      [names.integrity]: sign(key, data, Object.keys(data)),
      [names.keys]: formatLayout(layout),
      [names.template]: wantedTemplate(spec, clientId, around),
      ...(publication.rotateRequest !== undefined && { [names.rotateRequest]: publication.rotateRequest }),
    },
    data,
  };
};

/** Stands in for the credential in a dry run: as long as a real one, and no secret. */
export const placeholder = 'x'.repeat(44);
