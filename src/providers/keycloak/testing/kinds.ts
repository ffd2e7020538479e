/** The two kinds of credentials that a client of Keycloak may have, for the suite that all providers pass. */
export const ofKeys = {
  spec: { credential: { type: 'KeyPair' } },
  kind: { style: 'additive', createsCredential: false, secretFields: ['PrivateKey', 'KeyID'] },
} as const;
export const ofSecrets = { kind: { secretFields: ['ClientSecret'] } } as const;
