import * as z from 'zod';
import { ControlError } from '../provider.ts';
import type { PlastiqAccount } from './account.ts';
import { PlastiqFailure } from './errors.ts';
import { checkPayer } from './validation.ts';

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's create body. */
  z.strictObject({
    action: z.literal('createPayer'),
    payerId: z.uuid().optional(),
    fields: z.record(z.string(), z.unknown()).default({ contact: { email: 'payer@example.com' } }),
  }),
  z.strictObject({ action: z.literal('deletePayer'), payerId: z.string() }),
  /** A new key; the former one lives on for `rotatedKeyLifetimeMs`. */
  z.strictObject({ action: z.literal('rotateApiKey'), apiKey: z.string().optional() }),
  /** Default: the newest key. It is refused at once. */
  z.strictObject({ action: z.literal('revokeApiKey'), apiKey: z.string().optional() }),
]);

export type PlastiqAction = z.input<typeof consoleAction>;

/** What came of it; the fields that make no sense for an action are absent. */
export interface PlastiqActionResult {
  readonly payerId?: string;
  /** How one logs in from now on. */
  readonly credentials?: PlastiqCredentials;
}

interface PlastiqCredentials {
  readonly apiKey: string;
  readonly payerId: string;
}

/** The newest key, and the payer that is there from the start. */
export const credentialsOf = ({ newestKey, firstPayerId }: PlastiqAccount): PlastiqCredentials => ({
  apiKey: newestKey.value,
  payerId: firstPayerId,
});

/** Does what a person does in the Partner Portal. Plastiq's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: PlastiqAccount, input: unknown): PlastiqActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof PlastiqFailure) throw new ControlError(409, error.details.join('; '));
    throw error;
  }
};

const act = (account: PlastiqAccount, action: z.output<typeof consoleAction>): PlastiqActionResult => {
  switch (action.action) {
    case 'createPayer':
      checkPayer(action.fields, false);
      return { payerId: account.addPayer(action.fields, 'console', action.payerId).id };
    case 'deletePayer':
      if (!account.removePayer(action.payerId)) throw new ControlError(404, 'there is no such payer');
      return { payerId: action.payerId };
    case 'rotateApiKey':
      account.rotateKey(action.apiKey);
      return { credentials: credentialsOf(account) };
    case 'revokeApiKey':
      account.revokeKey(action.apiKey ?? account.newestKey.value);
      return { credentials: credentialsOf(account) };
  }
};
