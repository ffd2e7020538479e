import * as z from 'zod';
import { ControlError } from '../provider.ts';
import type { StytchAccount } from './account.ts';
import {
  cancelRotation,
  createClient,
  deleteClient,
  finishRotation,
  startRotation,
  updateClient,
} from './clients.ts';
import { StytchFailure } from './errors.ts';

const fields = z.record(z.string(), z.unknown());
const onClient = { clientId: z.string() };

const consoleAction = z.discriminatedUnion('action', [
  /** `fields` as in the API's create body; `scopes` defaults to none. */
  z.strictObject({ action: z.literal('createClient'), fields: fields.default({}) }),
  /** `fields` as in the API's update body. */
  z.strictObject({ action: z.literal('changeClient'), ...onClient, fields }),
  z.strictObject({ action: z.literal('deleteClient'), ...onClient }),
  z.strictObject({ action: z.literal('rotateStart'), ...onClient }),
  z.strictObject({ action: z.literal('rotate'), ...onClient }),
  z.strictObject({ action: z.literal('rotateCancel'), ...onClient }),
  /** Every client of the project is deleted. */
  z.strictObject({ action: z.literal('wipeClients') }),
  /** Another project is behind the endpoint: a new one, or by the id of a former one that one again. */
  z.strictObject({
    action: z.literal('changeProject'),
    projectId: z.string().optional(),
    secret: z.string().optional(),
  }),
  /** The management secret is replaced; the old one is refused at once. */
  z.strictObject({ action: z.literal('rotateManagementSecret'), secret: z.string().optional() }),
]);

export type StytchAction = z.input<typeof consoleAction>;

/** What came of it; the fields that make no sense for an action are absent. */
export interface StytchActionResult {
  readonly clientId?: string;
  /** The client's current secret. */
  readonly secret?: string;
  /** Of the rotation that was started. */
  readonly nextSecret?: string;
  readonly deleted?: number;
  /** How one logs in from now on. */
  readonly credentials?: { readonly projectId: string; readonly secret: string };
}

/** Does what a person does in Stytch's dashboard. Stytch's own refusals come as a ControlError of status 409. */
export const actInConsole = (account: StytchAccount, input: unknown): StytchActionResult => {
  const action = consoleAction.parse(input);
  try {
    return act(account, action);
  } catch (error) {
    if (error instanceof StytchFailure) throw new ControlError(409, error.errorType);
    throw error;
  }
};

const act = (account: StytchAccount, action: z.output<typeof consoleAction>): StytchActionResult => {
  switch (action.action) {
    case 'createClient': {
      const client = createClient(account, { scopes: [], ...action.fields }, 'console');
      return { clientId: client.clientId, secret: client.current.value };
    }
    case 'changeClient':
      updateClient(account, action.clientId, action.fields);
      return { clientId: action.clientId };
    case 'deleteClient':
      deleteClient(account, action.clientId);
      return { clientId: action.clientId, deleted: 1 };
    case 'rotateStart': {
      const { clientId, current, next } = startRotation(account, action.clientId, 'console');
      return { clientId, secret: current.value, ...(next === null ? {} : { nextSecret: next.value }) };
    }
    case 'rotate': {
      const { clientId, current } = finishRotation(account, action.clientId);
      return { clientId, secret: current.value };
    }
    case 'rotateCancel': {
      const { clientId, current } = cancelRotation(account, action.clientId);
      return { clientId, secret: current.value };
    }
    case 'wipeClients': {
      const clients = [...account.allClients()];
      for (const client of clients) account.removeClient(client);
      return { deleted: clients.length };
    }
    case 'changeProject':
      account.switchProject(action.projectId, action.secret);
      return { credentials: credentialsOf(account) };
    case 'rotateManagementSecret':
      account.replaceManagementSecret(action.secret);
      return { credentials: credentialsOf(account) };
  }
};

export const credentialsOf = ({ project }: StytchAccount): { projectId: string; secret: string } => ({
  projectId: project.id,
  secret: project.secret.value,
});
