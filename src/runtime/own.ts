/**
 * What stands under a name that somebody else chose. `record[name]` would also give what every object has, for a name
 * such as `constructor`, and `name in record` would be true for it.
 */
export const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
