/** What belongs to a provider is found by its name: that of `spec.type`, in lower case. */
export const nameOf = (type: string): string => type.toLowerCase();

export const folderOf = (type: string): string => `src/providers/${nameOf(type)}`;
export const testsOf = (type: string): string => `${folderOf(type)}/${nameOf(type)}.test.ts`;
export const pageOf = (type: string): string => `docs/providers/${nameOf(type)}.md`;
