import type { AdminClient } from '../control-plane/admin-client.ts';

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
