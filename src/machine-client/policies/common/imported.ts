/** In place of the id of a credential that a user brought, where the id is part of the secret. */
export const IMPORTED = 'imported';
