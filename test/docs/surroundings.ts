import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeCertificate } from '../helpers/certificate.ts';
import { FrontDoor } from '../helpers/front-door.ts';
import { ForwardProxy, Gateway } from '../helpers/gateway.ts';
import { restoring, restored } from './restoring.ts';
import { applyExample, installOperator, type Stage, team } from './stage.ts';

/** What a page takes for granted, and what has to be true at its end. */
export interface Surroundings {
  readonly page: string;
  /** The example whose login the simulated provider has. */
  readonly login?: string;
  /** What stands for something of the reader's. */
  readonly words?: Readonly<Record<string, string>>;
  /** Commands that are to say, by their exit code, that something is wrong. */
  readonly complaining?: readonly string[];
  /** `walk`: which of the page's ways is about to be gone. */
  readonly before?: (stage: Stage, walk: number) => Promise<unknown>;
  readonly after?: (stage: Stage, walk: number) => Promise<unknown>;
}

const names = { NAME: 'billing-worker', NAMESPACE: team };
const withExample = (stage: Stage): Promise<unknown> => stage.sh(applyExample);

/** Those that begin with an empty cluster. */
export const installing: readonly Surroundings[] = [
  {
    page: 'README.md',
    after: async ({ stytch }) => {
      expect(stytch.clients()).toEqual([]);
    },
  },
  {
    page: 'docs/install.md',
    before: async (stage, walk) => {
      if (walk === 2) await stage.sh(`${installOperator}\n${applyExample}`);
    },
    after: async ({ stytch }) => {
      expect(stytch.clients()).toEqual([]);
    },
  },
  {
    page: 'docs/first-client.md',
    login: 'examples/try/first-client.yaml',
    after: async ({ stytch }) => {
      expect(stytch.clients()).toEqual([]);
      // The first one, the rotated one, and the one after the loss.
      expect(stytch.issuedSecrets().filter(({ clientId }) => clientId !== null)).toHaveLength(3);
    },
  },
  { page: 'docs/how-to/restore-from-backup.md', before: restoring, after: restored },
];

/** A gateway with the key of the example, behind a certificate that nobody knows. */
const behindGateway = async (stage: Stage): Promise<void> => {
  const certificate = makeCertificate();
  await writeFile(join(stage.workplace.cwd, 'corporate-ca.pem'), certificate.cert);
  const gateway = stage.own(
    await Gateway.start(stage.stytch, '/stytch', 'REPLACE-WITH-THE-KEY-OF-THE-GATEWAY'),
  );
  const door = stage.own(await FrontDoor.open(gateway.url, certificate));
  await stage.setBaseUrls({ 'stytch-gateway': `${door.url}/stytch` });
};

const behindTls = async (stage: Stage): Promise<void> => {
  const certificate = makeCertificate();
  await writeFile(join(stage.workplace.cwd, 'corporate-ca.pem'), certificate.cert);
  const door = stage.own(await FrontDoor.open(stage.stytch.url, certificate));
  await withExample(stage);
  await stage.sh(
    `kubectl patch idp stytch --type=merge -p '{"spec":{"stytch":{"baseUrl":"${door.url}"}}}'
kubectl wait idp/stytch --for=jsonpath='{.status.conditions[?(@.type=="Ready")].reason}'=TLSFailed --timeout=60s`,
  );
};

let proxy: ForwardProxy | undefined;
const behindProxy = async (stage: Stage): Promise<void> => {
  proxy = stage.own(await ForwardProxy.start());
  stage.words['http://proxy.example.com:3128'] = proxy.url;
  await withExample(stage);
};

const foreignId = 'm2m-client-test-00000000-0000-0000-0000-000000000000';
const withForeignClients = async (stage: Stage): Promise<void> => {
  await withExample(stage);
  for (const id of [foreignId, 'm2m-client-test-22222222-2222-2222-2222-222222222222']) {
    const { secret = '' } = stage.stytch.act({
      action: 'createClient',
      fields: { client_id: id, client_name: 'Legacy', scopes: ['read:legacy'] },
    });
    stage.variables['CLIENT_SECRET'] ??= secret;
  }
};

/** Three clients, all of which are gone at the provider. */
const withMassChange = async (stage: Stage): Promise<void> => {
  await stage.sh(`${applyExample}
kubectl apply -f examples/import.yaml
kubectl wait mcl/reconciler --for=condition=Ready --timeout=60s`);
  stage.stytch.act({ action: 'wipeClients' });
  await stage.sh(`kubectl annotate mcl --all machine-client.dev/reconcile-requested=1
kubectl wait idp/stytch --for=condition=MassChangeHeld --timeout=60s`);
};

/** Thirteen clients, all of which are marked for deletion where that waits for a person. */
const withMassDeletion = async (stage: Stage): Promise<void> => {
  const clients = Array.from(
    { length: 12 },
    (_, index) => `apiVersion: machine-client.dev/v1beta1
kind: MachineClient
metadata: { name: many-${index}, namespace: ${team} }
spec: { providerRef: { name: stytch } }
`,
  );
  await writeFile(join(stage.workplace.cwd, 'many.yaml'), clients.join('---\n'));
  // In one request: one after the other they may be further apart than what is watched together in this shorter time.
  await stage.sh(`${applyExample}
kubectl patch idp stytch --type=merge -p '{"spec":{"massDeletionPolicy":"Hold"}}'
kubectl apply -f many.yaml
kubectl wait mcl --all --for=condition=Ready --timeout=60s
kubectl delete --raw /apis/machine-client.dev/v1beta1/namespaces/${team}/machineclients
kubectl wait idp/stytch --for=condition=MassChangeHeld --timeout=60s`);
  expect(stage.stytch.clients().length).toBeGreaterThan(12);
};

/** Those that begin where the operator is installed; kubectl's namespace is that of the examples. */
export const using: readonly Surroundings[] = [
  { page: 'docs/rotation.md', before: withExample },
  { page: 'docs/conditions.md', before: withExample },
  { page: 'docs/cli.md', before: withExample },
  { page: 'docs/runbook.md', words: names, before: withExample },
  {
    page: 'docs/troubleshooting.md',
    words: names,
    before: withMassChange,
    complaining: ['kubectl machine-client doctor'],
    after: (stage) => stage.sh('kubectl wait mcl --all --for=condition=Ready --timeout=60s'),
  },
  { page: 'docs/operations/scaling.md', before: withExample },
  { page: 'docs/operations/monitoring.md', before: withExample },
  { page: 'docs/operations/upgrade.md', before: withExample },
  { page: 'docs/how-to/gateway.md', before: behindGateway },
  { page: 'docs/how-to/private-ca.md', before: behindTls },
  {
    page: 'docs/how-to/guard-deletions.md',
    before: withMassDeletion,
    after: (stage) => stage.sh('kubectl wait mcl --all --for=delete --timeout=60s'),
  },
  {
    page: 'docs/how-to/proxy.md',
    before: behindProxy,
    after: async ({ stytch }) => {
      expect(proxy?.targets).toContain(new URL(stytch.url).host);
    },
  },
  {
    page: 'docs/how-to/adoption.md',
    before: withForeignClients,
    after: async ({ stytch, variables }) => {
      const kept = stytch.clients().find(({ clientId }) => clientId === foreignId);
      expect(kept).toMatchObject({ secret: variables['CLIENT_SECRET'], nextSecret: null });
    },
  },
  {
    page: 'docs/how-to/import.md',
    before: withExample,
    after: async ({ stytch }) => {
      const imported = stytch.clients().map(({ secret }) => secret);
      expect(imported).toContain('REPLACE-WITH-THE-SECRET-TO-IMPORT');
    },
  },
  { page: 'docs/how-to/service-binding.md', before: withExample },
];
