/** Which entry of a Secret is what its consumers use, where the spec names none: of an access key nothing else counts. */
export const valueEntry = (data: object): string =>
  ['access-key', 'secret-id', 'key-id'].find((key) => Object.hasOwn(data, key)) ?? 'client-secret';
