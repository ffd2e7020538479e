import { expect } from 'vitest';
import type { Check, Group } from '../behaviour.ts';
import type { EphemeralFault } from '../ephemeral-rig.ts';
import { call, failure, value } from '../outcomes.ts';
import { inJson } from './answers.ts';
import { secretOf, type Subject } from './subject.ts';

/** Texts that a careless hand would break on their way into a Secret. */
const awkward = [
  '"quoted"',
  "'quoted'",
  'a\nb\r\n',
  '\\"\\n',
  '{"a":[]}',
  '$HOME ${x} `y`',
  'ä€𝄞 \u2028',
  ' ',
];

const isKept =
  (text: string): Check<Subject> =>
  async ({ rig, wish }) => {
    rig.beginSecretsWith(text);
    const credential = value(await rig.account.issue(wish, call));
    expect(secretOf(credential)).toBe(rig.issued()[0]);
    expect(credential.id).toMatch(/^[!-~]{4}$/);
  };

const isNoSecret =
  (fault: EphemeralFault): Check<Subject> =>
  async ({ rig, wish }) => {
    rig.fault('issue', fault);
    expect(failure(await rig.account.issue(wish, call))).toMatchObject({
      kind: 'unknown',
      reason: 'UnexpectedAnswer',
    });
  };

export const issuing: Group<Subject> = {
  title: 'issue',
  behaviours: [
    {
      name: 'gives the secret once, with its end, and says it to nobody else',
      check: async ({ rig, wish }) => {
        const before = Date.now();
        const credential = value(await rig.account.issue(wish, call));
        expect(rig.issued()).toEqual([secretOf(credential)]);
        expect(credential.expiryTime).toBeGreaterThan(before);
        expect(JSON.stringify(credential)).not.toContain(secretOf(credential));
        expect(await rig.works(secretOf(credential))).toBe(true);
      },
    },
    {
      name: 'each one is another, and both work',
      check: async ({ rig, wish }) => {
        const issued = [await rig.account.issue(wish, call), await rig.account.issue(wish, call)].map((one) =>
          secretOf(value(one)),
        );
        expect(new Set(issued).size).toBe(2);
        for (const secret of issued) expect(await rig.works(secret)).toBe(true);
        expect(rig.requests('issue')).toBe(2);
      },
    },
    {
      name: 'a secret is kept to the letter',
      cases: () => awkward.map((text) => [JSON.stringify(text), isKept(text)]),
    },
    {
      name: 'fields that are not known are let through',
      check: async ({ rig, wish }) => {
        rig.answerAlso({ id: 7, secret: null, nested: { clientSecret: 'another' }, list: [1] });
        const credential = value(await rig.account.issue(wish, call));
        expect(secretOf(credential)).toBe(rig.issued()[0]);
      },
    },
    {
      name: 'a success without a secret: it may have been issued',
      cases: () => [
        ['an error', isNoSecret({ fault: 'status', status: 200, phase: 'after' })],
        ['a page', isNoSecret({ fault: 'status', status: 201, body: 'html', phase: 'after' })],
      ],
    },
    {
      name: 'what was refused as the spec’s fault is not tried again before the spec changes',
      check: async ({ rig, wish }) => {
        rig.fault('issue', inJson(400));
        expect(failure(await rig.account.issue(wish, call))).toMatchObject({
          kind: 'rejected',
          reason: 'RejectedByProvider',
          retry: 'spec',
        });
      },
    },
    {
      name: 'too late to leave: it does not, and says so',
      check: async ({ rig, wish }) => {
        const late = { ...call, leaveBy: Number.NEGATIVE_INFINITY };
        expect(failure(await rig.account.issue(wish, late))).toMatchObject({ kind: 'rejected', status: 0 });
        expect(rig.requests()).toBe(0);
      },
    },
  ],
};
