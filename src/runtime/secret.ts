import { inspect } from 'node:util';

const REDACTED = '[secret]';

/**
 * A secret value that cannot be printed by accident: not by a template, `String`, `JSON.stringify`, `console.log`,
 * a logger, an error message or an assertion's diff. `reveal` is the one way to the value; the linter allows it
 * only where a value leaves for its destination (the target Secret, a request header or body).
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Four characters that identify a secret to a person, and only of one long enough not to be given away by them. */
  get suffix(): string {
    return maskSuffix(this.#value.length >= 16 ? this.#value.slice(-4) : undefined);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** `"bWZ9"` → `"****bWZ9"`; nothing known → `"****"`. */
export const maskSuffix = (lastFour: string | undefined): string => `****${lastFour ?? ''}`;
