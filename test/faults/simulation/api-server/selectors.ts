import type { RawObject } from '../../../../src/kube/list-pager.ts';
import { badRequest } from './failure.ts';
import type { Kind } from './kind.ts';

export type Test = (object: RawObject) => boolean;

const SET = /^(?<key>[^\s!=,]+)\s+(?<not>not)?in\s*\((?<values>[^)]*)\)$/;
const EQUALITY = /^(?<key>[^\s!=]+)\s*(?<operator>==|=|!=)\s*(?<value>\S*)$/;
const EXISTS = /^(?<not>!)?\s*(?<key>[^\s!=]+)$/;

/** All of them hold. undefined: there is nothing to hold. */
const every = (tests: readonly Test[]): Test | undefined => {
  if (tests.length === 0) return undefined;
  return (object) => tests.every((test) => test(object));
};

/** Commas within parentheses separate values, and all others requirements. */
const requirements = (selector: string): string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

export const labelTest = (selector: string | null): Test | undefined =>
  every(requirements(selector ?? '').map(labelRequirement));

const labelRequirement = (text: string): Test => {
  const set = SET.exec(text)?.groups;
  if (set !== undefined) {
    const { key = '', not, values: list = '' } = set;
    const values = new Set(list.split(',').map((one) => one.trim()));
    const wanted = not === undefined;
    return ({ metadata: { labels } }) => {
      const value = labels?.[key];
      return wanted ? value !== undefined && values.has(value) : value === undefined || !values.has(value);
    };
  }
  const equality = EQUALITY.exec(text)?.groups;
  if (equality !== undefined) {
    const { key = '', operator, value } = equality;
    const wanted = operator !== '!=';
    return ({ metadata: { labels } }) => (labels?.[key] === value) === wanted;
  }
  const exists = EXISTS.exec(text)?.groups;
  if (exists === undefined) throw badRequest(`unable to parse requirement: ${text}`);
  const { key = '', not } = exists;
  return ({ metadata: { labels } }) => (labels?.[key] !== undefined) === (not === undefined);
};

export const fieldTest = (selector: string | null, kind: Kind): Test | undefined =>
  every(
    requirements(selector ?? '').map((text) => {
      const { key = '', operator, value } = EQUALITY.exec(text)?.groups ?? {};
      const read = readerOf(key, kind);
      if (operator === undefined || read === undefined) throw badRequest(`field label not supported: ${key}`);
      const wanted = operator !== '!=';
      return (object) => (read(object) === value) === wanted;
    }),
  );

const readerOf = (key: string, kind: Kind): ((object: RawObject) => string) | undefined => {
  if (key === 'metadata.name') return ({ metadata }) => metadata.name;
  if (key === 'metadata.namespace') return ({ metadata }) => metadata.namespace ?? '';
  return kind.fields.get(key);
};
