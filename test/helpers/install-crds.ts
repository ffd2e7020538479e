import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type AdminClient, adminClient } from '../control-plane/admin-client.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'crds');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const TIMEOUT_MS = 60_000;

/** What tests read of a CustomResourceDefinition. */
export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly [{ readonly name: string; readonly schema: { openAPIV3Schema: Schema } }];
  };
}

/** A node of a structural schema. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
  readonly [keyword: string]: unknown;
}

/** The definitions that are checked in, in the order of their file names. */
export const readCrds = async (): Promise<Definition[]> => {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(
    files.map(async (file) => parse(await readFile(join(FOLDER, file), 'utf8')) as Definition),
  );
};

/**
 * Applies one definition, and resolves when its objects are served. Applying is idempotent, so two test files may
 * do it at the same time.
 */
export const applyCrd = async (client: AdminClient, definition: Definition): Promise<void> => {
  const { metadata, spec } = definition;
  const applied = await client.call(
    'PATCH',
    `${DEFINITIONS}/${metadata.name}?fieldManager=test&force=true`,
    definition,
    { headers: { 'content-type': 'application/apply-patch+yaml' } },
  );
  if (applied.status >= 300) throw new Error(`${metadata.name}: ${applied.body.message}`);

  // Established is told a moment before the API server's own handler knows it, so the objects are asked for too.
  const served = async (): Promise<boolean> => {
    const { body } = await client.call('GET', `${DEFINITIONS}/${metadata.name}`);
    const conditions: readonly { type: string; status: string }[] = body.status?.conditions ?? [];
    if (!conditions.some(({ type, status }) => type === 'Established' && status === 'True')) return false;
    const path = `/apis/${spec.group}/${spec.versions[0].name}/${spec.names.plural}?limit=1`;
    return (await client.call('GET', path)).status === 200;
  };
  const end = Date.now() + TIMEOUT_MS;
  while (!(await served())) {
    if (Date.now() > end) throw new Error(`${metadata.name} is not served after ${TIMEOUT_MS / 1000} s`);
    await sleep(50);
  }
};

/** Installs what is in crds/. Several test files may do so at once. */
export const installCrds = async (client: AdminClient): Promise<void> => {
  await Promise.all((await readCrds()).map((definition) => applyCrd(client, definition)));
};

/** The control plane, by its kubeconfig, that has them since the test run began. */
const INSTALLED = 'MCO_TEST_INSTALLED';
const installed = new Map<string, Promise<void>>();

const install = async (kubeconfig: string): Promise<void> => {
  await using admin = adminClient(kubeconfig);
  await installCrds(admin);
};

/** Installs them where nobody in this process has done so yet, and nobody before it for the whole test run. */
export const haveCrds = async (kubeconfig: string): Promise<void> => {
  if (process.env[INSTALLED] === kubeconfig) return;
  const present = installed.get(kubeconfig) ?? install(kubeconfig);
  installed.set(kubeconfig, present);
  await present;
};

/** Installs them for the whole test run: for the processes that are started from here on. */
export const installForAll = async (kubeconfig: string): Promise<void> => {
  await install(kubeconfig);
  process.env[INSTALLED] = kubeconfig;
};
