import type { Regression } from './regressions.ts';

/** What the schedules of Keycloak have found. */
export const regressionsOfKeycloak: readonly Regression[] = [
  {
    name: 'a key that a person gives the name of another one, after the integrity key was lost and while the client is inactive',
    why: 'No value told which key it is, and an inactive client is asked for no token: the Secret was signed again as it was.',
    schedule: {
      seed: 1944,
      provider: 'keycloak',
      settings: {
        replicas: 1,
        orphanPolicy: 'Delete',
        resync: '2m',
        latencyMs: 2000,
        noise: 0,
        watchesPlans: false,
        switches: { tokenTtlMs: 300000 },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 781,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['read:invoices', 'write:invoices'],
              rotation: { overlap: '2m', schedule: '*/3 * * * *', timeZone: 'Asia/Kolkata' },
            },
          },
        },
        { at: 247461, act: { do: 'edit', name: 'one', spec: { state: 'Inactive' } } },
        { at: 372303, act: { do: 'lose-key' } },
        { at: 376232, act: { do: 'edit-secret', name: 'one' } },
      ],
    },
  },
  {
    name: 'a client that is published for the first time after all clients are gone',
    why: 'It counted as one that is sound: the hold of the four others ended, and they were made again without a question.',
    schedule: {
      seed: 2299,
      provider: 'keycloak',
      settings: {
        replicas: 1,
        orphanPolicy: 'Delete',
        resync: '1m',
        latencyMs: 5,
        noise: 0.08,
        watchesPlans: false,
        switches: { tokenTtlMs: 60000 },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 1535,
          act: {
            do: 'create',
            name: 'five',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['admin'],
              displayName: 'Client 7',
              rotation: { overlap: '0s', schedule: '*/3 * * * *', timeZone: 'Europe/Oslo' },
            },
          },
        },
        {
          at: 1555,
          act: {
            do: 'create',
            name: 'four',
            spec: { credential: { type: 'KeyPair' }, scopes: ['read:invoices'], rotation: { overlap: '5m' } },
          },
        },
        {
          at: 1762,
          act: {
            do: 'create',
            name: 'three',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['read:invoices'],
              displayName: 'Client 5',
              deletionPolicy: 'Retain',
              rotation: { overlap: '45s', verification: 'Never' },
            },
          },
        },
        {
          at: 2148,
          act: {
            do: 'create',
            name: 'two',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['read:invoices'],
              deletionPolicy: 'Retain',
              rotation: { overlap: '0s', verification: 'Never' },
            },
          },
        },
        {
          at: 2803,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['admin'],
              audiences: ['https://invoices.example.com'],
              rotation: { overlap: '2m' },
            },
          },
        },
        { at: 11491, act: { do: 'outage', target: 'upstream', ms: 41887 } },
        { at: 135373, act: { do: 'wipe-clients' } },
      ],
    },
  },
  {
    name: 'etcd is put back to before a rotation, whose Secret is written after it',
    why: 'The operation on the object was the one before, whose credential was in use: given up, it was revoked at once.',
    schedule: {
      seed: 3799,
      provider: 'keycloak',
      settings: {
        replicas: 1,
        orphanPolicy: 'Report',
        resync: '1m',
        latencyMs: 50,
        noise: 0.02,
        watchesPlans: true,
        switches: { tokenTtlMs: 300000 },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 1840,
          act: {
            do: 'create',
            name: 'five',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: [],
              displayName: 'Client 2',
              rotation: {
                overlap: '10s',
                verification: 'Never',
                schedule: '*/10 * * * *',
                timeZone: 'Europe/Oslo',
              },
              restart: { discover: true, deadline: '5s' },
            },
          },
        },
        {
          at: 2074,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              credential: { type: 'KeyPair' },
              scopes: ['read:invoices'],
              audiences: ['https://invoices.example.com'],
              rotation: {
                overlap: '2m',
                schedule: '17 * * * *',
                timeZone: 'Europe/Oslo',
                windows: [{ schedule: '*/10 * * * *', duration: '1m' }],
              },
            },
          },
        },
        { at: 11035, act: { do: 'rotate', name: 'one', token: 't182994' } },
        { at: 14151, act: { do: 'etcd-restore', ms: 5572 } },
      ],
    },
  },
  {
    name: 'a Secret that a person edits after another has made a new secret of its client in the console',
    why: 'What status said was published was published again, beside the new one, and so the new one was turned back: it would have ended with the overlap.',
    schedule: {
      seed: 1025,
      provider: 'keycloaksecrets',
      settings: {
        replicas: 1,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 5,
        noise: 0,
        watchesPlans: false,
        switches: { tokenTtlMs: 300000, secretLifeMs: 31536000000 },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 73626,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              credential: { type: 'ClientSecret' },
              scopes: [],
              audiences: ['https://invoices.example.com'],
              rotation: { overlap: '45s' },
              restart: {
                targets: [
                  { kind: 'Deployment', name: 'one-app' },
                  { kind: 'Deployment', selector: { matchLabels: { uses: 'one' } } },
                ],
                discover: false,
                deadline: '30m',
              },
            },
          },
        },
        { at: 147456, act: { do: 'console', name: 'one', what: 'regenerate' } },
        { at: 150380, act: { do: 'edit-secret', name: 'one' } },
      ],
    },
  },
  {
    name: 'a turn whose fence admission refuses',
    why: 'The old credential was waited for all the while, and nothing said that the new one could not take its place.',
    schedule: {
      seed: 3377,
      provider: 'keycloaksecrets',
      settings: {
        replicas: 1,
        orphanPolicy: 'Report',
        resync: '3m',
        latencyMs: 5,
        noise: 0,
        watchesPlans: true,
        switches: { tokenTtlMs: 300000, secretLifeMs: 31536000000 },
        holdsDeletions: false,
      },
      steps: [
        {
          at: 1300,
          act: {
            do: 'create',
            name: 'one',
            spec: {
              credential: { type: 'ClientSecret' },
              scopes: ['admin'],
              rotation: { overlap: '10s' },
              restart: {
                targets: [{ kind: 'Deployment', selector: { matchLabels: { uses: 'one' } } }],
                discover: true,
                deadline: '5s',
              },
            },
          },
        },
        {
          at: 1421,
          act: {
            do: 'create',
            name: 'three',
            spec: {
              credential: { type: 'ClientSecret' },
              scopes: ['read:invoices', 'write:invoices'],
              rotation: { overlap: '2m' },
            },
          },
        },
        { at: 88101, act: { do: 'rotate', name: 'one', token: 't821605' } },
        { at: 104575, act: { do: 'refuse', what: 'fence', status: 422, ms: 66827 } },
        { at: 186691, act: { do: 'slow', ms: 45550 } },
      ],
    },
  },
];
