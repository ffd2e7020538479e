import { OperatorError } from '../runtime/errors.ts';

/**
 * The group of calls that a plan needs. `decide` plans only what the style of the client has, and a provider that says a
 * style has its calls: that one is not there is a bug of the operator.
 *
 * @throws OperatorError MCO_NOT_OFFERED
 */
export const offered = <Calls>(calls: Calls | undefined, what: string): Calls => {
  if (calls === undefined)
    throw new OperatorError('MCO_NOT_OFFERED', `the plan needs ${what}, which the account does not have`);
  return calls;
};
