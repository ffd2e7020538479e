// Generated from the schemas in src/api by `npm run generate`; do not edit.

/** A client at an identity provider, and the Secret that holds its one-time credential. */
export interface MachineClient {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'MachineClient';
  metadata: ObjectMeta;
  spec: MachineClientSpec;
  /** The operator writes it. */
  status?: MachineClientStatus;
}

export interface MachineClientList {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'MachineClientList';
  metadata: ListMeta;
  items: MachineClient[];
}

/** One client at an identity provider, and the Secret that holds its credential. */
export interface MachineClientSpec {
  /**
   * The provider object that stands for the account in which the client lives. It is immutable once a client
   * exists.
   */
  providerRef: {
    /**
     * The kind of the provider object: an IdentityProvider of the same namespace, or a
     * ClusterIdentityProvider. Default: "IdentityProvider".
     */
    kind?: 'IdentityProvider' | 'ClusterIdentityProvider';
    /** The name of the provider object. */
    name: string;
  };
  /** The name of the client at the provider. Left out: not managed; empty: none. */
  displayName?: string;
  /** The description of the client at the provider. Left out: not managed; empty: none. */
  description?: string;
  /**
   * The scopes that the client may ask for. Left out: not managed; empty: none. What stands twice counts
   * once.
   */
  scopes?: string[];
  /** The audiences for which the client may ask for tokens. Left out: not managed; empty: none. */
  audiences?: string[];
  /**
   * The organization in which the client lives: a tenant within the account. Required where the provider
   * keeps its clients in organizations. Immutable.
   */
  organizationId?: string;
  /** How long an access token of the client is valid, for example 1h. Left out: not managed. */
  accessTokenLifetime?: string;
  /** Claims that every access token of the client carries. Left out: not managed; empty: none. */
  customClaims?: {
    /** The name of the claim. */
    key: string;
    /** The value of the claim. */
    value: string;
  }[];
  /**
   * What the provider keeps with the client for its user: a JSON object of at most 32 levels, 256 values and
   * 16 KiB. Keys that are not named here are left alone. A provider that keeps strings alone refuses other
   * values.
   */
  customMetadata?: Record<string, unknown>;
  /**
   * Whether the client gets tokens. Inactive: it gets none, and nothing is rotated or revoked meanwhile.
   * Default: "Active".
   */
  state?: 'Active' | 'Inactive';
  /**
   * The id of the client at the provider. Left out: the operator or the provider chooses it. It cannot change
   * once a client exists.
   */
  clientId?: string;
  /**
   * Never: a client of the given id that exists is left alone. Existing: it is taken over, where the provider
   * object allows it. Default: "Never".
   */
  adoptionPolicy?: 'Never' | 'Existing';
  /** What kind of credential the client has. */
  credential?: {
    /**
     * ClientSecret: a secret or key that the provider issues. KeyPair: the operator makes a key pair; the
     * private key goes to the Secret alone, and the provider receives the public key (private_key_jwt, RFC
     * 7523). Default: "ClientSecret".
     */
    type?: 'ClientSecret' | 'KeyPair';
    /**
     * How the client authenticates at the token endpoint (RFC 7591, section 2), where the provider wants to
     * know it. Left out: what the provider takes by default.
     */
    tokenEndpointAuthMethod?: 'ClientSecretBasic' | 'ClientSecretPost' | 'PrivateKeyJWT';
    /** Create the client with this client secret instead of a new one. It needs spec.clientId. */
    importSecretRef?: {
      /**
       * The name of the object. It is in the namespace of the object that refers to it, or in that of the
       * operator where that one has none.
       */
      name: string;
      /** The key in its data. */
      key: string;
    };
  };
  /** What a client has at Authress alone. */
  authress?: {
    /** Options of the service client. */
    options?: {
      /**
       * Whether the client may look into the permissions of any user. It needs clientPolicy.impersonation:
       * Allow.
       */
      grantUserPermissionsAccess?: boolean;
      /** Whether the client may issue tokens for any user. It needs clientPolicy.impersonation: Allow. */
      grantTokenGeneration?: boolean;
    };
    /** How many requests the client itself may make. Left out: not managed; empty: no limit. */
    rateLimits?: {
      /** The period: 0s for no period at all, 24h for a day, 720h for a month. */
      duration: '0s' | '5m' | '1h' | '24h' | '720h';
      /** How many requests the client may make in the period. */
      quota: 100 | 1000 | 100000 | 1000000;
    }[];
  };
  /** What a secret of Plastiq is issued for. */
  plastiq?: {
    /**
     * V1: the secret works for 60 seconds, and once. V2: it works for 30 minutes; Plastiq calls it a one-time
     * token, too. Default: "V2".
     */
    version?: 'V1' | 'V2';
    /** The id of the payer to which the secret is bound. It is required with version V1. */
    payerId?: string;
    /** What may be created with the secret. Default: "Card". */
    secretType?: 'Card';
    /** The end user on whose behalf the secret is issued. */
    endUser?: {
      /** The user agent of the end user. */
      userAgent?: string;
      /** The IP address of the end user, for example 192.0.2.7. */
      ipAddress?: string;
      /** The id of the device of the end user. */
      deviceId?: string;
    };
  };
  /** What a role has at Vault alone. */
  vaultAppRole?: {
    /**
     * The policies of the tokens that the client logs in for. clientPolicy.tokenPolicies must allow each of
     * them. Left out: none at the creation, and not managed afterwards.
     */
    tokenPolicies?: string[];
    /**
     * How long a token is good before it has to be renewed, for example 20m. At least 1s. It can be renewed
     * up to spec.accessTokenLifetime.
     */
    tokenTTL?: string;
    /** The addresses from which tokens may be used. Left out: not managed; empty: all. */
    boundCIDRs?: string[];
    /** The addresses from which the client may log in. Left out: not managed; empty: all. */
    secretIDBoundCIDRs?: string[];
  };
  /**
   * Manage: the client is created, kept as the spec says, and removed at the end. Observe: nothing is
   * changed, and the status says what would be. CredentialsOnly: the client of the given id is somebody
   * else's; credentials are issued and revoked on it, and nothing else of it is created, changed or removed.
   * Default: "Manage".
   */
  managementPolicy?: 'Manage' | 'Observe' | 'CredentialsOnly';
  /**
   * What happens to the client at the provider when the MachineClient is deleted. Delete: it is removed.
   * Retain: it stays, and is nobody's from then on. Default: "Delete".
   */
  deletionPolicy?: 'Delete' | 'Retain';
  /** Whether everything but a deletion stops until this is false again. Default: false. */
  suspend?: boolean;
  /** The Secret that receives the credential. */
  secret?: {
    /** The name of the Secret. Left out: the name of the MachineClient. */
    name?: string;
    /**
     * The type of the Secret. Another type needs another name, because Kubernetes does not let the type of a
     * Secret change. Default: "Opaque".
     */
    type?: string;
    /**
     * Create: the operator makes the Secret, and a Secret of that name that it did not make is left alone
     * (SecretNotOurs). Merge: keys, labels and annotations are added to a Secret that exists, and only they
     * are removed at the end; a key that is there already is refused. Default: "Create".
     */
    creationPolicy?: 'Create' | 'Merge';
    /**
     * What happens to the Secret when the MachineClient is deleted. Delete: it is removed. Retain: it stays
     * as it is. Default: "Delete".
     */
    deletionPolicy?: 'Delete' | 'Retain';
    /**
     * The keys of the Secret, and what stands under each. Left out: client-id, client-secret and token-url,
     * or what the page of the provider says.
     */
    entries?: {
      /** The key in the data of the Secret. */
      key: string;
      /** What stands under the key, for example ClientID or ClientSecret. */
      field:
        | 'ClientID'
        | 'ClientSecret'
        | 'PrivateKey'
        | 'AccessKey'
        | 'RoleID'
        | 'KeyID'
        | 'TokenURL'
        | 'Issuer'
        | 'Scopes'
        | 'ExpiryTime'
        | 'Provider'
        | 'Type';
    }[];
    /** All entries once more, as one file under a key of its own. */
    outputFormats?: {
      /** DotEnv: lines of KEY=value. JSON: one object. */
      type: 'DotEnv' | 'JSON';
      /** The key in the data of the Secret. */
      key: string;
    }[];
    /** Labels that the Secret gets beside those of the operator. */
    labels?: Record<string, string>;
    /** Annotations that the Secret gets beside those of the operator. */
    annotations?: Record<string, string>;
  };
  /** When a new credential is issued, and how long the old one works beside it. */
  rotation?: {
    /**
     * How often a new credential is issued, for example 720h for 30 days. At least 1m. Left out, and without
     * a schedule: only when it is asked for.
     */
    interval?: string;
    /**
     * When a new credential is issued, as a cron expression of five fields, for example "0 3 1 * *" for the
     * first of each month at three.
     */
    schedule?: string;
    /** The time zone of the schedule, for example Europe/Oslo. Left out: UTC. */
    timeZone?: string;
    /**
     * Windows of time in which planned rotations may begin. Left out: at any time. A rotation that a user
     * asks for does not wait for them.
     */
    windows?: {
      /** When the window opens, as a cron expression of five fields. */
      schedule: string;
      /** The time zone of the window. Left out: UTC. */
      timeZone?: string;
      /** How long the window stays open, for example 4h. At least 1m. */
      duration: string;
    }[];
    /**
     * How long before the expiry that the provider reports a new credential is issued, for example 240h. Left
     * out: when a third of the lifetime is left.
     */
    rotateBefore?: string;
    /** How long the old credential works after the new one is published, for example 36h. Default: "24h". */
    overlap?: string;
    /**
     * Overlap: the old credential works beside the new one until the overlap has passed. Replace: the
     * credential is replaced on the same client, at a provider that keeps only one; a program that still has
     * the old one is refused until it reads the new one. Default: "Overlap".
     */
    method?: 'Overlap' | 'Replace';
    /**
     * OnRotation: a new credential is published only when the token endpoint has issued a token for it.
     * Never: it is published without that. One that has replaced another on the same client is published in
     * any case, for the former one is refused already. Default: "OnRotation".
     */
    verification?: 'OnRotation' | 'Never';
    /**
     * The old credential is revoked only when the provider reports that it has not been used since the new
     * one was published.
     */
    retireWhenUnused?: {
      /** The longest wait, for example 168h. Then the old credential is revoked although it is used. */
      cap: string;
    };
  };
  /**
   * Workloads that are restarted when a new credential is published. The old credential is revoked only when
   * they have rolled out.
   */
  restart?: {
    /** Workloads of the same namespace that are restarted when a new credential is published. */
    targets?: {
      /** The kind of the workload. */
      kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
      /** The name of the workload, where it is one alone. */
      name?: string;
      /** All workloads of the kind that have these labels. */
      selector?: {
        /** Labels that an object must have, with these values. */
        matchLabels?: Record<string, string>;
        /** Requirements on labels, all of which must hold. */
        matchExpressions?: {
          /** The key of the label. */
          key: string;
          /** How the value of the label relates to the values given here. */
          operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
          /** The values for In and NotIn. */
          values?: string[];
        }[];
      };
    }[];
    /** Whether workloads whose pods use the Secret are restarted, too. Default: false. */
    discover?: boolean;
    /**
     * How long a rollout may take before the condition RotationInProgress says that it is stuck, for example
     * 45m. At least 1s. Default: "30m".
     */
    deadline?: string;
  };
}

/** What the operator has observed. */
export interface MachineClientStatus {
  /** The generation of the spec that was last seen. */
  observedGeneration?: number;
  /**
   * What is known of the object: Ready, Reconciling, Stalled, ClientSynced, SecretPublished,
   * CredentialVerified, RotationInProgress, RotationBlocked, RotationOverdue, Drifted.
   */
  conditions?: {
    /** The type of the condition. */
    type: string;
    /** Whether the condition holds. */
    status: 'True' | 'False' | 'Unknown';
    /** The generation of the spec that the condition is about. */
    observedGeneration?: number;
    /** When the status of the condition last changed. */
    lastTransitionTime: string;
    /** Why, in one word. All words are listed in docs/reasons.md. */
    reason: string;
    /** What happened, where, and what to do. */
    message: string;
  }[];
  /** The id of the client at the provider. */
  clientId?: string;
  /** The last four characters of the published secret behind asterisks; of a key pair the id of the key. */
  secretSuffix?: string;
  /** The credentials of the client that work. */
  credentials?: {
    /** The id of the credential at the provider, or the last characters of its secret where it has none. */
    id: string;
    /** The last four characters of its secret behind asterisks. */
    suffix?: string;
    /** The id of the client that has it, where that is another one than status.clientId. */
    clientId?: string;
    /**
     * Current: it is in the Secret. Retiring: it was in the Secret before, and will be revoked. Lost: the
     * operator issued it, and nobody holds it. Foreign: the operator did not issue it, and leaves it alone.
     */
    state: 'Current' | 'Retiring' | 'Lost' | 'Foreign';
    /** When it was issued. */
    createdTime?: string;
    /** When it expires. */
    expiryTime?: string;
    /** It is not revoked before this. */
    retireAfter?: string;
    /** When it was last used, where the provider reports it; written down at most once an hour. */
    lastUsedTime?: string;
  }[];
  /** The version of the published Secret, which grows by one with each publication. */
  secretVersion?: number;
  /** The id of the operation that published the Secret. */
  operation?: string;
  /** When the credential was last published. */
  lastRotationTime?: string;
  /** When the next rotation is due. */
  nextRotationTime?: string;
  /** How many attempts the provider refused in a row. */
  failedAttempts?: number;
  /** When the provider last refused an attempt. */
  lastFailureTime?: string;
  /** When the next attempt is made. */
  nextRetryTime?: string;
  /** The last value of the annotation machine-client.dev/rotate-requested that was acted upon. */
  lastHandledRotateRequest?: string;
  /** The last value of the annotation machine-client.dev/reconcile-requested that was acted upon. */
  lastHandledReconcileRequest?: string;
  /** The Secret that holds the credential, in the form of the Service Binding specification. */
  binding?: {
    /** The name of the Secret. */
    name: string;
  };
}

/** An account at an identity provider, for the MachineClients of its namespace. */
export interface IdentityProvider {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'IdentityProvider';
  metadata: ObjectMeta;
  spec: IdentityProviderSpec;
  /** The operator writes it. */
  status?: IdentityProviderStatus;
}

export interface IdentityProviderList {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'IdentityProviderList';
  metadata: ListMeta;
  items: IdentityProvider[];
}

/**
 * An account at a provider: where it is, how the operator logs in, how much it may be asked, and what its
 * clients may be.
 */
export interface IdentityProviderSpec {
  /**
   * The type of the provider. Exactly the member of that name must be set. It is immutable. Further types may
   * be added.
   */
  type: 'Stytch' | 'Scalekit' | 'Authress' | 'Plastiq' | 'VaultAppRole' | 'Keycloak';
  /** A Stytch project. */
  stytch?: {
    /** The id of the Stytch project. It is the identity of the account, and immutable. */
    projectId: string;
    /**
     * The address of the API. Left out: https://test.stytch.com or https://api.stytch.com, by the id of the
     * project. A gateway in front of it goes here.
     */
    baseUrl?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** A Scalekit environment. */
  scalekit?: {
    /**
     * The address of the environment, for example https://acme.scalekit.dev. It is the identity of the
     * account, and immutable.
     */
    environmentUrl: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /**
       * The client id with which the operator logs in to the environment. It must be set exactly when type is
       * Secret.
       */
      clientId?: string;
    };
  };
  /** An Authress account. */
  authress?: {
    /** The address of the account, for example https://acc-1.api.authress.io, or a custom domain. */
    baseUrl: string;
    /**
     * The id of the account. Left out: it is taken from the access key. It is required where auth.type is
     * Gateway, and immutable once it is set.
     */
    accountId?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** A Plastiq partner account. */
  plastiq?: {
    /** The environment of Plastiq. It is the identity of the account, and immutable. */
    environment: 'Sandbox' | 'Production';
    /** The address of the API. Left out: that of the environment. A gateway in front of it goes here. */
    baseUrl?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** An AppRole mount of HashiCorp Vault, or of what speaks as Vault does. */
  vaultAppRole?: {
    /** The address of Vault, for example https://vault.example.com:8200. A path prefix is kept. */
    address: string;
    /**
     * The namespace of Vault in which the method is mounted. Empty: the root. It is immutable. Default: "".
     */
    namespace?: string;
    /** Where the AppRole method is mounted, without auth/ before it. It is immutable. Default: "approle". */
    mountPath?: string;
    /** How the operator logs in to Vault. */
    auth: {
      /**
       * Token: the operator sends a token that is stored in a Secret. AppRole: the operator logs in with the
       * id of a role and a secret id that is stored in a Secret, and logs in again before its token ends.
       * Gateway: the operator sends no token, and a gateway in front of Vault injects one.
       */
      type: 'Token' | 'AppRole' | 'Gateway';
      /**
       * Where the token, or the secret id of the AppRole, is stored. It must be set exactly when type is
       * Token or AppRole.
       */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /** The role_id with which the operator logs in. It must be set exactly when type is AppRole. */
      roleId?: string;
      /**
       * Where the AppRole method is mounted that the operator logs in at. Left out: the mount in which the
       * roles are. It can be set only when type is AppRole.
       */
      mountPath?: string;
    };
  };
  /** A realm of Keycloak. */
  keycloak?: {
    /**
     * The address of Keycloak as its clients know it, for example https://sso.example.com. A path prefix is
     * kept.
     */
    baseUrl: string;
    /** The realm in which the clients are. It is immutable. */
    realm: string;
    /** How the operator logs in to Keycloak. */
    auth: {
      /**
       * ClientCredentials: the operator logs in as a client with a service account, by its id and a secret
       * that is stored in a Secret, and logs in again before its token ends. Gateway: the operator sends no
       * token, and a gateway in front of Keycloak injects one.
       */
      type: 'ClientCredentials' | 'Gateway';
      /**
       * The client id with which the operator logs in. It must be set exactly when type is ClientCredentials.
       */
      clientId?: string;
      /** Where the secret of that client is stored. It must be set exactly when type is ClientCredentials. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /**
       * The realm in which that client is, for example master. Left out: the realm of the clients. It can be
       * set only when type is ClientCredentials.
       */
      realm?: string;
    };
  };
  /** How the provider is reached. */
  connection?: {
    /**
     * How long one request may take, with its connection and all of its answer, for example 10s. From 100ms
     * to 60s. Default: "10s".
     */
    timeout?: string;
    /** The HTTP proxy through which the provider is reached, for example http://proxy.example.com:3128. */
    proxyUrl?: string;
    /** Certificates of certificate authorities that are trusted in addition to those of the system. */
    caBundle?: {
      /** Where PEM certificates are stored in a ConfigMap. */
      configMapKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /** Where PEM certificates are stored in a Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
    /**
     * Headers that every request carries, for example the key of a gateway, or a User-Agent. Each of them
     * takes the place of one of the same name that the operator would send.
     */
    headers?: {
      /** The name of the header. */
      name: string;
      /** The value of the header, where it is no secret. */
      value?: string;
      /** Where the value of the header is. */
      valueFrom?: {
        /** Where the value is stored in a Secret. */
        secretKeyRef: {
          /**
           * The name of the object. It is in the namespace of the object that refers to it, or in that of the
           * operator where that one has none.
           */
          name: string;
          /** The key in its data. */
          key: string;
        };
      };
    }[];
  };
  /**
   * The budget of the account. What is left out is what the provider type has by default; status.limits shows
   * what is in force. Where several provider objects name one account, the lower limits win.
   */
  limits?: {
    /** How many requests a minute go to the account, for all of its clients together. */
    requestsPerMinute?: number;
    /** How many requests may go out at once after a pause. */
    burst?: number;
    /** How many requests may be under way at one time. */
    concurrency?: number;
  };
  /** How often everything is compared with the provider, for example 30m. At least 1m. Default: "1h". */
  resyncInterval?: string;
  /**
   * What happens to a client that has the ownership marker of this operator, and no MachineClient. Report: it
   * is named in the status. Delete: it is removed. Default: "Report".
   */
  orphanPolicy?: 'Report' | 'Delete';
  /**
   * What happens when many clients of the account, more than 10 and more than 20 %, are marked for deletion
   * within minutes. Delete: they are removed. Hold: none of them is, before the annotation
   * machine-client.dev/confirm-mass-change confirms it. Default: "Delete".
   */
  massDeletionPolicy?: 'Delete' | 'Hold';
  /**
   * What MachineClients may ask for, and what their clients may have at the provider. The lists hold values,
   * or patterns with `*` for any characters.
   */
  clientPolicy?: {
    /** Whether MachineClients may take over clients that exist at the provider. Default: "Deny". */
    adoption?: 'Allow' | 'Deny';
    /**
     * Whether clients may have rights over all users of the account: to issue tokens for any user, or to look
     * into the permissions of any user. Default: "Deny".
     */
    impersonation?: 'Allow' | 'Deny';
    /** The scopes that clients may have. An empty list allows none. Default: ["*"]. */
    scopes?: string[];
    /** The audiences that clients may have. An empty list allows none. Default: ["*"]. */
    audiences?: string[];
    /** The organizations in which clients may live. An empty list allows none. Default: ["*"]. */
    organizationIds?: string[];
    /** The payers to which issued secrets may be bound. An empty list allows none. Default: ["*"]. */
    payerIds?: string[];
    /** The policies that tokens of clients may have. An empty list allows none. Default: ["*"]. */
    tokenPolicies?: string[];
    /** The names of custom claims that clients may have. An empty list allows none. Default: ["*"]. */
    customClaims?: string[];
    /** The keys of custom metadata that clients may have. An empty list allows none. Default: ["*"]. */
    customMetadata?: string[];
    /**
     * The longest lifetime of access tokens that clients may have, for example 24h. Where the provider lets
     * it be chosen, each MachineClient must then set spec.accessTokenLifetime. Left out: what the provider
     * allows.
     */
    maxAccessTokenLifetime?: string;
  };
}

/** What the operator has observed. */
export interface IdentityProviderStatus {
  /** The generation of the spec that was last seen. */
  observedGeneration?: number;
  /**
   * What is known of the object: Ready, Reconciling, Stalled, CredentialsValid, Reachable, MassChangeHeld.
   */
  conditions?: {
    /** The type of the condition. */
    type: string;
    /** Whether the condition holds. */
    status: 'True' | 'False' | 'Unknown';
    /** The generation of the spec that the condition is about. */
    observedGeneration?: number;
    /** When the status of the condition last changed. */
    lastTransitionTime: string;
    /** Why, in one word. All words are listed in docs/reasons.md. */
    reason: string;
    /** What happened, where, and what to do. */
    message: string;
  }[];
  /** The account that the object stands for: its type, and its id there. */
  account?: string;
  /** The budget of the account as it is in force. */
  limits?: {
    /** How many requests a minute go to the account. */
    requestsPerMinute: number;
    /** How many requests may go out at once after a pause. */
    burst: number;
    /** How many requests may be under way at one time. */
    concurrency: number;
  };
  /** Clients of this operator that have no MachineClient. */
  orphans?: {
    /** How many clients have the ownership marker of this operator, and no MachineClient. */
    count: number;
    /** Up to 20 of them, each with its id, namespace and name. */
    sample?: string[];
  };
  /** Organizations that no MachineClient names any more, listed until nothing of ours is left in them. */
  formerOrganizations?: string[];
  /** Why nothing is recreated or rotated, or nothing removed, until a user confirms it. */
  massChange?: {
    /**
     * The value that the annotation machine-client.dev/confirm-mass-change must have for the operator to go
     * on.
     */
    token: string;
    /** What was found, in words. */
    cause: string;
    /** How many clients are affected. */
    affected: number;
    /** How many clients of the account are known. */
    known: number;
    /** Since when the account is held. */
    since?: string;
  };
}

/** An account at an identity provider, for the namespaces that it allows. */
export interface ClusterIdentityProvider {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'ClusterIdentityProvider';
  metadata: ObjectMeta;
  spec: ClusterIdentityProviderSpec;
  /** The operator writes it. */
  status?: ClusterIdentityProviderStatus;
}

export interface ClusterIdentityProviderList {
  apiVersion: 'machine-client.dev/v1beta1';
  kind: 'ClusterIdentityProviderList';
  metadata: ListMeta;
  items: ClusterIdentityProvider[];
}

/**
 * An account at a provider, for several namespaces. Its references name objects in the operator's own
 * namespace.
 */
export interface ClusterIdentityProviderSpec {
  /**
   * The type of the provider. Exactly the member of that name must be set. It is immutable. Further types may
   * be added.
   */
  type: 'Stytch' | 'Scalekit' | 'Authress' | 'Plastiq' | 'VaultAppRole' | 'Keycloak';
  /** A Stytch project. */
  stytch?: {
    /** The id of the Stytch project. It is the identity of the account, and immutable. */
    projectId: string;
    /**
     * The address of the API. Left out: https://test.stytch.com or https://api.stytch.com, by the id of the
     * project. A gateway in front of it goes here.
     */
    baseUrl?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** A Scalekit environment. */
  scalekit?: {
    /**
     * The address of the environment, for example https://acme.scalekit.dev. It is the identity of the
     * account, and immutable.
     */
    environmentUrl: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /**
       * The client id with which the operator logs in to the environment. It must be set exactly when type is
       * Secret.
       */
      clientId?: string;
    };
  };
  /** An Authress account. */
  authress?: {
    /** The address of the account, for example https://acc-1.api.authress.io, or a custom domain. */
    baseUrl: string;
    /**
     * The id of the account. Left out: it is taken from the access key. It is required where auth.type is
     * Gateway, and immutable once it is set.
     */
    accountId?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** A Plastiq partner account. */
  plastiq?: {
    /** The environment of Plastiq. It is the identity of the account, and immutable. */
    environment: 'Sandbox' | 'Production';
    /** The address of the API. Left out: that of the environment. A gateway in front of it goes here. */
    baseUrl?: string;
    /** How the operator logs in to the provider. */
    auth: {
      /**
       * Secret: the operator logs in with a credential that is stored in a Secret. Gateway: the operator
       * sends no Authorization header, and a gateway in front of the provider injects the credential.
       */
      type: 'Secret' | 'Gateway';
      /** Where the management credential is stored. It must be set exactly when type is Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
  };
  /** An AppRole mount of HashiCorp Vault, or of what speaks as Vault does. */
  vaultAppRole?: {
    /** The address of Vault, for example https://vault.example.com:8200. A path prefix is kept. */
    address: string;
    /**
     * The namespace of Vault in which the method is mounted. Empty: the root. It is immutable. Default: "".
     */
    namespace?: string;
    /** Where the AppRole method is mounted, without auth/ before it. It is immutable. Default: "approle". */
    mountPath?: string;
    /** How the operator logs in to Vault. */
    auth: {
      /**
       * Token: the operator sends a token that is stored in a Secret. AppRole: the operator logs in with the
       * id of a role and a secret id that is stored in a Secret, and logs in again before its token ends.
       * Gateway: the operator sends no token, and a gateway in front of Vault injects one. Kubernetes: the
       * operator logs in with a token of its own ServiceAccount, so that nothing is stored, and logs in again
       * before the token that it gets ends.
       */
      type: 'Token' | 'AppRole' | 'Kubernetes' | 'Gateway';
      /**
       * Where the token, or the secret id of the AppRole, is stored. It must be set exactly when type is
       * Token or AppRole.
       */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /** The role_id with which the operator logs in. It must be set exactly when type is AppRole. */
      roleId?: string;
      /**
       * The role of the Kubernetes method with which the operator logs in. It must be set exactly when type
       * is Kubernetes.
       */
      role?: string;
      /**
       * For whom the token of the ServiceAccount is: one of those that the operator is started with
       * (--token-audiences), for example vault. It must be set exactly when type is Kubernetes.
       */
      audience?: string;
      /**
       * Where the method is mounted that the operator logs in at. Left out: for AppRole the mount in which
       * the roles are, for Kubernetes kubernetes. It can be set only when type is AppRole or Kubernetes.
       */
      mountPath?: string;
    };
  };
  /** A realm of Keycloak. */
  keycloak?: {
    /**
     * The address of Keycloak as its clients know it, for example https://sso.example.com. A path prefix is
     * kept.
     */
    baseUrl: string;
    /** The realm in which the clients are. It is immutable. */
    realm: string;
    /** How the operator logs in to Keycloak. */
    auth: {
      /**
       * ClientCredentials: the operator logs in as a client with a service account, by its id and a secret
       * that is stored in a Secret, and logs in again before its token ends. Gateway: the operator sends no
       * token, and a gateway in front of Keycloak injects one.
       */
      type: 'ClientCredentials' | 'Gateway';
      /**
       * The client id with which the operator logs in. It must be set exactly when type is ClientCredentials.
       */
      clientId?: string;
      /** Where the secret of that client is stored. It must be set exactly when type is ClientCredentials. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /**
       * The realm in which that client is, for example master. Left out: the realm of the clients. It can be
       * set only when type is ClientCredentials.
       */
      realm?: string;
    };
  };
  /** How the provider is reached. */
  connection?: {
    /**
     * How long one request may take, with its connection and all of its answer, for example 10s. From 100ms
     * to 60s. Default: "10s".
     */
    timeout?: string;
    /** The HTTP proxy through which the provider is reached, for example http://proxy.example.com:3128. */
    proxyUrl?: string;
    /** Certificates of certificate authorities that are trusted in addition to those of the system. */
    caBundle?: {
      /** Where PEM certificates are stored in a ConfigMap. */
      configMapKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
      /** Where PEM certificates are stored in a Secret. */
      secretKeyRef?: {
        /**
         * The name of the object. It is in the namespace of the object that refers to it, or in that of the
         * operator where that one has none.
         */
        name: string;
        /** The key in its data. */
        key: string;
      };
    };
    /**
     * Headers that every request carries, for example the key of a gateway, or a User-Agent. Each of them
     * takes the place of one of the same name that the operator would send.
     */
    headers?: {
      /** The name of the header. */
      name: string;
      /** The value of the header, where it is no secret. */
      value?: string;
      /** Where the value of the header is. */
      valueFrom?: {
        /** Where the value is stored in a Secret. */
        secretKeyRef: {
          /**
           * The name of the object. It is in the namespace of the object that refers to it, or in that of the
           * operator where that one has none.
           */
          name: string;
          /** The key in its data. */
          key: string;
        };
      };
    }[];
  };
  /**
   * The budget of the account. What is left out is what the provider type has by default; status.limits shows
   * what is in force. Where several provider objects name one account, the lower limits win.
   */
  limits?: {
    /** How many requests a minute go to the account, for all of its clients together. */
    requestsPerMinute?: number;
    /** How many requests may go out at once after a pause. */
    burst?: number;
    /** How many requests may be under way at one time. */
    concurrency?: number;
  };
  /** How often everything is compared with the provider, for example 30m. At least 1m. Default: "1h". */
  resyncInterval?: string;
  /**
   * What happens to a client that has the ownership marker of this operator, and no MachineClient. Report: it
   * is named in the status. Delete: it is removed. Default: "Report".
   */
  orphanPolicy?: 'Report' | 'Delete';
  /**
   * What happens when many clients of the account, more than 10 and more than 20 %, are marked for deletion
   * within minutes. Delete: they are removed. Hold: none of them is, before the annotation
   * machine-client.dev/confirm-mass-change confirms it. Default: "Delete".
   */
  massDeletionPolicy?: 'Delete' | 'Hold';
  /**
   * What MachineClients may ask for, and what their clients may have at the provider. The lists hold values,
   * or patterns with `*` for any characters.
   */
  clientPolicy?: {
    /** Whether MachineClients may take over clients that exist at the provider. Default: "Deny". */
    adoption?: 'Allow' | 'Deny';
    /**
     * Whether clients may have rights over all users of the account: to issue tokens for any user, or to look
     * into the permissions of any user. Default: "Deny".
     */
    impersonation?: 'Allow' | 'Deny';
    /** The scopes that clients may have. An empty list allows none. Default: []. */
    scopes?: string[];
    /** The audiences that clients may have. An empty list allows none. Default: []. */
    audiences?: string[];
    /** The organizations in which clients may live. An empty list allows none. Default: []. */
    organizationIds?: string[];
    /** The payers to which issued secrets may be bound. An empty list allows none. Default: []. */
    payerIds?: string[];
    /** The policies that tokens of clients may have. An empty list allows none. Default: []. */
    tokenPolicies?: string[];
    /** The names of custom claims that clients may have. An empty list allows none. Default: []. */
    customClaims?: string[];
    /** The keys of custom metadata that clients may have. An empty list allows none. Default: []. */
    customMetadata?: string[];
    /**
     * The longest lifetime of access tokens that clients may have, for example 24h. Where the provider lets
     * it be chosen, each MachineClient must then set spec.accessTokenLifetime. Left out: what the provider
     * allows.
     */
    maxAccessTokenLifetime?: string;
  };
  /** The namespaces whose MachineClients may use it. Left out: none. */
  allowedNamespaces?: {
    /** Namespaces by their names. */
    names?: string[];
    /** All namespaces that have these labels. */
    selector?: {
      /** Labels that an object must have, with these values. */
      matchLabels?: Record<string, string>;
      /** Requirements on labels, all of which must hold. */
      matchExpressions?: {
        /** The key of the label. */
        key: string;
        /** How the value of the label relates to the values given here. */
        operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        /** The values for In and NotIn. */
        values?: string[];
      }[];
    };
  };
}

/** What the operator has observed. */
export interface ClusterIdentityProviderStatus {
  /** The generation of the spec that was last seen. */
  observedGeneration?: number;
  /**
   * What is known of the object: Ready, Reconciling, Stalled, CredentialsValid, Reachable, MassChangeHeld.
   */
  conditions?: {
    /** The type of the condition. */
    type: string;
    /** Whether the condition holds. */
    status: 'True' | 'False' | 'Unknown';
    /** The generation of the spec that the condition is about. */
    observedGeneration?: number;
    /** When the status of the condition last changed. */
    lastTransitionTime: string;
    /** Why, in one word. All words are listed in docs/reasons.md. */
    reason: string;
    /** What happened, where, and what to do. */
    message: string;
  }[];
  /** The account that the object stands for: its type, and its id there. */
  account?: string;
  /** The budget of the account as it is in force. */
  limits?: {
    /** How many requests a minute go to the account. */
    requestsPerMinute: number;
    /** How many requests may go out at once after a pause. */
    burst: number;
    /** How many requests may be under way at one time. */
    concurrency: number;
  };
  /** Clients of this operator that have no MachineClient. */
  orphans?: {
    /** How many clients have the ownership marker of this operator, and no MachineClient. */
    count: number;
    /** Up to 20 of them, each with its id, namespace and name. */
    sample?: string[];
  };
  /** Organizations that no MachineClient names any more, listed until nothing of ours is left in them. */
  formerOrganizations?: string[];
  /** Why nothing is recreated or rotated, or nothing removed, until a user confirms it. */
  massChange?: {
    /**
     * The value that the annotation machine-client.dev/confirm-mass-change must have for the operator to go
     * on.
     */
    token: string;
    /** What was found, in words. */
    cause: string;
    /** How many clients are affected. */
    affected: number;
    /** How many clients of the account are known. */
    known: number;
    /** Since when the account is held. */
    since?: string;
  };
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  /** Not of a ClusterIdentityProvider. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  // The API server sets these.
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}
