/** Why a field was refused, as the API server says it. */
export interface FieldCause {
  readonly reason:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueDuplicate'
    | 'FieldValueTypeInvalid'
    | 'NamespaceTerminating'
    | 'ResourceVersionTooLarge';
  readonly message: string;
  readonly field?: string;
}

export interface Details {
  readonly name?: string;
  readonly group?: string;
  /** The plural, but for a validation error, which names the kind. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly FieldCause[];
  readonly retryAfterSeconds?: number;
}

export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: Details;
  readonly code: number;
}

/** What is answered in place of an object. */
export class ApiFailure extends Error {
  readonly body: Status;

  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: Details,
    metadata: Status['metadata'] = {},
  ) {
    super(message);
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** What an error message needs to know of a resource. */
interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const qualified = (word: string, group: string): string => (group === '' ? word : `${word}.${group}`);

const detailsOf = ({ group }: Named, kind: string, name: string, more: Details = {}): Details => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind,
  ...more,
});

export const notFound = (of: Named, name: string): ApiFailure =>
  new ApiFailure(
    404,
    'NotFound',
    `${qualified(of.plural, of.group)} "${name}" not found`,
    detailsOf(of, of.plural, name),
  );

/** The path leads to nothing in a group that is served. */
export const noSuchPath = (): ApiFailure =>
  new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): ApiFailure =>
  new ApiFailure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

export const alreadyExists = (of: Named, name: string, deleting: boolean): ApiFailure =>
  new ApiFailure(
    409,
    'AlreadyExists',
    `${deleting ? 'object is being deleted: ' : ''}${qualified(of.plural, of.group)} "${name}" already exists`,
    detailsOf(of, of.plural, name),
  );

/** `word`: what the message calls the resource; a deletion says its kind. */
export const conflict = (of: Named, name: string, why: string, word = of.plural): ApiFailure =>
  new ApiFailure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(word, of.group)} "${name}": ${why}`,
    detailsOf(of, word, name),
  );

export const forbidden = (of: Named, name: string, why: string, causes?: readonly FieldCause[]): ApiFailure =>
  new ApiFailure(
    403,
    'Forbidden',
    `${qualified(of.plural, of.group)} "${name}" is forbidden: ${why}`,
    detailsOf(of, of.plural, name, causes === undefined ? {} : { causes }),
  );

export const invalid = (
  of: Named,
  name: string,
  causes: readonly FieldCause[],
  word = of.kind,
): ApiFailure => {
  const each = causes.map(({ field, message }) => `${field}: ${message}`);
  const all = each.length === 1 ? each[0] : `[${each.join(', ')}]`;
  return new ApiFailure(
    422,
    'Invalid',
    `${qualified(word, of.group)} "${name}" is invalid: ${all}`,
    detailsOf(of, word, name, { causes }),
  );
};

export const badRequest = (message: string): ApiFailure => new ApiFailure(400, 'BadRequest', message);

/** Of a watch or a list: what it asks for has been compacted. */
export const expired = (message: string, continueWith?: string): ApiFailure =>
  new ApiFailure(
    410,
    'Expired',
    message,
    undefined,
    continueWith === undefined ? {} : { continue: continueWith },
  );

/** A version of a future that may never come: the server has waited for it, and gives up. */
export const versionTooLarge = (asked: number, current: number): ApiFailure =>
  new ApiFailure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
