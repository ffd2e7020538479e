import type { KeycloakClient } from './account.ts';
import { type Fields, textIn } from './fields.ts';

/** The name that two of them have. */
export const doubledIn = (mappers: unknown): string | undefined => {
  const names = Array.isArray(mappers) ? mappers.map((one: Fields) => textIn(one, 'name')) : [];
  return names.find((name, index) => name !== undefined && names.indexOf(name) !== index);
};

/** A client that is named comes before what is written down; an empty text is none. */
export const audiencesOf = ({ mappers }: Pick<KeycloakClient, 'mappers'>): readonly string[] =>
  mappers.flatMap(({ protocolMapper, config }) => {
    const own = (config ?? {}) as Readonly<Record<string, string>>;
    const audience = own['included.client.audience'] || own['included.custom.audience'];
    const isInToken = protocolMapper === 'oidc-audience-mapper' && own['access.token.claim'] === 'true';
    return audience && isInToken ? [audience] : [];
  });
