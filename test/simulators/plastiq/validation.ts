import type { Body } from '../provider.ts';
import { PlastiqFailure } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export const isUuidV4 = (value: unknown): value is string => typeof value === 'string' && uuidV4.test(value);

const invalid = (text: string): PlastiqFailure => new PlastiqFailure(400, text);

/** A body that was left out is an empty object. */
export const fieldsOf = (body: Body): Fields => {
  if (body.kind === 'none') return {};
  if (body.kind !== 'json' || !isRecord(body.value)) throw invalid('body must be an object');
  return body.value;
};

export const onlyFields = (fields: Fields, allowed: readonly string[]): void => {
  const other = Object.keys(fields).find((name) => !allowed.includes(name));
  if (other !== undefined) throw invalid(`${other} is not allowed`);
};

/** `payer.id` of a body; undefined where there is no payer at all. */
export const payerIdOf = ({ payer }: Fields): string | undefined => {
  if (payer === undefined) return undefined;
  const id = isRecord(payer) ? payer.id : undefined;
  if (typeof id !== 'string' || !uuid.test(id)) throw invalid('payer.id must be a valid uuid');
  return id;
};

export const checkSecretType = ({ type }: Fields): void => {
  if (type !== undefined && type !== 'CARD') throw invalid('type must be one of the following values: CARD');
};

const hasText = (fields: Fields, name: string): boolean =>
  typeof fields[name] === 'string' && fields[name] !== '';

const checkContact = (contact: unknown): void => {
  if (!isRecord(contact)) throw invalid('contact must be an object');
  if (!hasText(contact, 'email') && !hasText(contact, 'phone'))
    throw invalid('contact must have an email or a phone');
};

const checkAddress = (address: unknown): void => {
  const fields = isRecord(address) ? address : {};
  for (const name of ['line1', 'city', 'state', 'postalCode', 'country'])
    if (!hasText(fields, name)) throw invalid(`businessAddress.${name} must be a string`);
};

/** `partial`: of an update, where everything may be left out. */
export const checkPayer = (fields: Fields, partial: boolean): void => {
  if (!partial || fields.contact !== undefined) checkContact(fields.contact);
  if (fields.businessAddress !== undefined) checkAddress(fields.businessAddress);
};

/** Returns the payer's id. */
export const checkPaymentMethod = (fields: Fields): string => {
  const { type, data } = fields;
  if (type !== 'CARD' && type !== 'BANK_ACCOUNT')
    throw invalid('type must be one of the following values: CARD, BANK_ACCOUNT');
  if (!isRecord(data)) throw invalid('data must be an object');
  if (type === 'CARD')
    for (const name of ['cardHolderName', 'accountNumber', 'cvv', 'expirationMonth', 'expirationYear'])
      if (data[name] === undefined) throw invalid(`data.${name} should not be empty`);
  const payerId = payerIdOf(fields);
  if (payerId === undefined) throw invalid('payer should not be empty');
  return payerId;
};
