import { describe, expect, test } from 'vitest';
import { mark, wish as anyWish } from '../../../test/conformance/provider-conformance.ts';
import { makeMark } from '../mark.ts';
import type { UpstreamClient, Wish } from '../provider.ts';
import { charactersLeft } from './description-mark.ts';
import { createBody, differences, powers, refuse, releaseBody, updateBody } from './fields.ts';
import { inOrganization } from './testing/rig.ts';
import { project } from './wire.ts';

const wish = (more: object = {}): Wish => anyWish({ ...inOrganization, ...more });
const claims = (customClaims: readonly object[]) => ({ customClaims });
const lifetime = (accessTokenLifetime: string) => ({ accessTokenLifetime });
const left = charactersLeft(mark, 'uid-1', true);

/** A client with something in every field, as the wire has it. */
const full = (more: object = {}): UpstreamClient =>
  project({
    client_id: 'm2morg_1',
    name: 'App',
    description: 'd',
    scopes: ['read:a'],
    audience: ['https://a.test'],
    custom_claims: [{ key: 'a', value: '1' }],
    expiry: '3600',
    secrets: [{ id: 'sks_1' }],
    ...more,
  });

describe('what Scalekit cannot bear is refused before anything is sent', () => {
  test.each([
    ['no organization', { organizationId: undefined }, 'FieldRequired', 'organizationId is required'],
    [
      'an organization by its name',
      { organizationId: 'acme' },
      'FieldNotSupported',
      'organizationId must begin with org_',
    ],
    [
      'an organization’s id that is too long',
      { organizationId: `org_${'1'.repeat(29)}` },
      'FieldNotSupported',
      'at most 32 characters',
    ],
    ['an inactive client', { state: 'Inactive' }, 'FieldNotSupported', 'spec.state'],
    ['an id', { clientId: 'm2morg_1' }, 'FieldNotSupported', 'adoptionPolicy'],
    [
      'an entry that it has no value for',
      { secret: { entries: [{ key: 'k', field: 'PrivateKey' }] } },
      'FieldNotSupported',
      'spec.secret.entries[0].field PrivateKey',
    ],
    [
      'another such entry',
      { secret: { entries: [{ key: 'k', field: 'AccessKey' }] } },
      'FieldNotSupported',
      'AccessKey',
    ],
    ['a short lifetime', lifetime('299s'), 'FieldNotSupported', 'at least 300'],
    ['half a second', lifetime('5m500ms'), 'FieldNotSupported', 'whole seconds'],
    [
      'a long description',
      { description: 'é'.repeat(left + 1) },
      'FieldNotSupported',
      `has ${left + 1} characters; beside the operator's mark Scalekit leaves ${left}`,
    ],
    ['a mark in the name', { displayName: `x ${mark.short}` }, 'MarkInUserText', 'displayName'],
    ['a mark in the description', { description: mark.short }, 'MarkInUserText', 'description'],
    ['a mark in a claim', claims([{ key: 'k', value: mark.short }]), 'MarkInUserText', 'customClaims'],
  ])('%s', (_name, spec, reason, text) => {
    expect(refuse(wish(spec))).toEqual({ reason, message: expect.stringContaining(text) as string });
  });

  test.each([
    ['all that it can', { description: 'd', audiences: ['a'], ...claims([{ key: 'k', value: '' }]) }],
    ['five minutes', lifetime('5m')],
    ['the longest description', { description: '🙂'.repeat(left) }],
    ['nothing, of a new client', { displayName: '', scopes: [], audiences: [], ...claims([]) }],
    ['an id to take over', { clientId: 'm2morg_1', adoptionPolicy: 'Existing' }],
    ['credentials of an id that is there', { clientId: 'm2morg_1', managementPolicy: 'CredentialsOnly' }],
    ['the time at which a secret ends', { secret: { entries: [{ key: 'k', field: 'ExpiryTime' }] } }],
  ])('%s is borne', (_name, spec) => {
    expect(refuse(wish(spec))).toBeUndefined();
  });
});

describe('nothing can be cleared but the description', () => {
  test.each([
    ['displayName', { displayName: '' }, { name: '' }],
    ['scopes', { scopes: [] }, { scopes: [] }],
    ['audiences', { audiences: [] }, { audience: [] }],
    ['customClaims', claims([]), { custom_claims: null }],
  ])('%s', (field, spec, nothing) => {
    expect(refuse(wish(spec), full())).toMatchObject({
      reason: 'FieldNotSupported',
      message: expect.stringMatching(new RegExp(`^spec.${field} is empty`)) as string,
    });
    expect(refuse(wish(spec), full(nothing))).toBeUndefined();
  });

  test('one claim of two can go, and the description', () => {
    const two = full({
      custom_claims: [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ],
    });
    const one = wish({ description: '', ...claims([{ key: 'a', value: '1' }]) });
    expect(refuse(one, two)).toBeUndefined();
    expect(updateBody(one, two)).toEqual({
      description: `[mco ${mark.short} ${mark.full} uid-1]`,
      custom_claims: [{ key: 'a', value: '1' }],
    });
  });
});

test('what clientPolicy bounds is shown: claims, and how long tokens live', () => {
  expect(powers(full())).toEqual({ customClaims: ['a'], accessTokenLifetimeMs: 3_600_000 });
  expect(powers(full({ custom_claims: null, expiry: undefined }))).toEqual({
    customClaims: [],
    accessTokenLifetimeMs: undefined,
  });
});

describe('the description of a client that is taken over', () => {
  test('stays beside the mark, unless it is managed', () => {
    const found = full({ description: 'theirs' });
    expect(differences(wish(), found)).toEqual(['mark']);
    expect(updateBody(wish(), found)).toEqual({
      description: `[mco ${mark.short} ${mark.full} uid-1] theirs`,
    });
  });

  test('is not cut', () => {
    const found = full({ description: 'x'.repeat(500) });
    expect(refuse(wish(), found)).toMatchObject({
      reason: 'FieldNotSupported',
      message: expect.stringContaining('has 500 characters') as string,
    });
    expect(refuse(wish({ description: 'ours' }), found)).toBeUndefined();
  });
});

describe('bodies', () => {
  test('of a creation: only what there is', () => {
    const bare = wish({ displayName: undefined, scopes: undefined });
    const description = `[mco ${mark.short} ${mark.full} uid-1]`;
    expect(createBody(bare)).toEqual({ name: 'app', description });
    const empty = { displayName: '', scopes: [], audiences: [], ...claims([]) };
    expect(createBody(wish(empty))).toEqual({ description });
    expect(createBody(wish({ audiences: ['a'], ...lifetime('10m') }))).toEqual({
      name: 'App',
      description,
      scopes: ['read:a'],
      audience: ['a'],
      expiry: 600,
    });
  });

  test('a long name of an object is cut, since nobody chose it', () => {
    const long: Wish = { ...wish({ displayName: undefined }), mark: makeMark('inst', 'ns', 'n'.repeat(253)) };
    expect(createBody(long)).toMatchObject({ name: 'n'.repeat(128) });
  });

  test('of a release: without a mark there is nothing to say', () => {
    expect(releaseBody(full())).toEqual({});
  });
});
