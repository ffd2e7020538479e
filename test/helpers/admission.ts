import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '../control-plane/admin-client.ts';
import { makeCertificate } from './certificate.ts';

const group = '/apis/admissionregistration.k8s.io/v1';

const make = async (admin: AdminClient, path: string, body: object): Promise<void> => {
  const { status, body: answer } = await admin.call('POST', `${group}/${path}`, body);
  if (status !== 201) throw new Error(`${path}: ${answer.message}`);
};

/** What an admission policy of a test looks at. */
export interface Rule {
  /** Of the policy, in the whole cluster. */
  readonly name: string;
  readonly namespace: string;
  readonly apiGroup?: string;
  /** Plural, with a subresource after a slash. */
  readonly resource: string;
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  /** Of the objects; left out: all of the namespace. */
  readonly objectName?: string;
  /** CEL: what is let pass. */
  readonly allows: string;
  readonly message: string;
}

/** A ValidatingAdmissionPolicy with its binding, for as long as it is not disposed. It takes a moment to be in force. */
export const refuse = async (admin: AdminClient, rule: Rule): Promise<AsyncDisposable> => {
  const { name, namespace, apiGroup = '', resource, operations, objectName, allows, message } = rule;
  const named = objectName === undefined ? '' : ` && request.name == '${objectName}'`;
  await make(admin, 'validatingadmissionpolicies', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [apiGroup], apiVersions: ['*'], operations, resources: [resource] }],
      },
      matchConditions: [{ name: 'this-one', expression: `request.namespace == '${namespace}'${named}` }],
      validations: [{ expression: allows, message }],
    },
  });
  await make(admin, 'validatingadmissionpolicybindings', {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await admin.call('DELETE', `${group}/validatingadmissionpolicybindings/${name}`);
      await admin.call('DELETE', `${group}/validatingadmissionpolicies/${name}`);
    },
  };
};

/** A webhook that nobody answers, asked before each write of a Secret in the namespace. */
export const deadWebhook = async (
  admin: AdminClient,
  name: string,
  namespace: string,
): Promise<AsyncDisposable> => {
  const path = 'validatingwebhookconfigurations';
  await make(admin, path, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: { url: 'https://127.0.0.1:1/validate' },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['secrets'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 1,
      },
    ],
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await admin.call('DELETE', `${group}/${path}/${name}`);
    },
  };
};

/** Where a webhook of a test looks, and how it answers. */
export interface Webhook {
  /** Of the configuration and of the webhook, with dots. */
  readonly name: string;
  readonly namespace: string;
  readonly apiGroup?: string;
  readonly resource: string;
  /** JSON Patch operations (RFC 6902) on the object; none: it is let pass as it is. */
  readonly patch?: (object: Admitted) => readonly object[];
  readonly delayMs?: number;
  /** When it is asked; left out: before each creation and update. */
  readonly operations?: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  /** Told of each question; it is answered when that resolves. */
  readonly asked?: (objectName: string) => Promise<void>;
  /** A validating one changes nothing, and is asked last. */
  readonly validating?: boolean;
}

interface Admitted {
  readonly data?: Readonly<Record<string, string>>;
}

interface Review {
  readonly request: { readonly uid: string; readonly name: string; readonly object: Admitted };
}

/** A webhook on loopback, by default a mutating one. */
export const webhook = async (admin: AdminClient, one: Webhook): Promise<AsyncDisposable> => {
  const { name, namespace, apiGroup = '', resource, patch, delayMs = 0 } = one;
  const { operations = ['CREATE', 'UPDATE'], validating = false } = one;
  const kind = validating ? 'Validating' : 'Mutating';
  const certificate = makeCertificate();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { request: asked } = (await json(request)) as Review;
    const patches = patch?.(asked.object) ?? [];
    await one.asked?.(asked.name);
    await sleep(delayMs);
    const changes = patches.length > 0 && {
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patches)).toString('base64'),
    };
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true, ...changes },
      }),
    );
  };
  const server = createServer(certificate, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const path = `${kind.toLowerCase()}webhookconfigurations`;
  await make(admin, path, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(certificate.cert).toString('base64'),
        },
        rules: [
          {
            apiGroups: [apiGroup],
            apiVersions: ['*'],
            operations,
            resources: [resource],
          },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 30,
      },
    ],
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await admin.call('DELETE', `${group}/${path}/${name}`);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
