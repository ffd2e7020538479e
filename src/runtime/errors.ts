/**
 * The base of every error that this program makes itself. `code` is stable (scripts may rely on it), the message is
 * deterministic (a message that varies would write a new status at every retry), says what, where, with which input
 * and what to do, and never holds a response body or a secret.
 */
export class OperatorError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Turns anything that can be thrown into an Error, keeping the original one when it is one. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error
    ? thrown
    : new OperatorError('MCO_UNKNOWN', 'something was thrown that is not an Error');
