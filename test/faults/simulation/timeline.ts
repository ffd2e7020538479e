import { annotations } from '../../../src/api/group.ts';
import type { Change } from './api-server/api.ts';
import type { Actor } from './scene.ts';
import { condition, keyOf, operationOf, publishedOf, type Stored } from './truth.ts';
import type { Sent } from './wire.ts';

const quiet = ['leases', 'events'];

/** What happened, in lines for a person. It costs more than the schedule, so it is kept only for one that is replayed. */
export class Timeline {
  readonly #kept: string[] | undefined;

  constructor(keep: boolean) {
    this.#kept = keep ? [] : undefined;
  }

  get lines(): readonly string[] {
    return this.#kept ?? [];
  }

  say(at: number, text: string): void {
    this.#kept?.push(`${(at / 1000).toFixed(3).padStart(10)}  ${text}`);
  }

  message(at: number, { sender, target, request }: Sent, text: string): void {
    if (!this.#kept) return;
    const path = request.path.split('?', 1)[0] ?? '';
    if (target === 'api' && (request.method === 'GET' || quiet.some((resource) => path.includes(resource))))
      return;
    const dry = request.path.includes('dryRun') ? ' (dry run)' : '';
    this.say(at, `${sender.name} ${request.method} ${path}${dry} ${text}`);
  }

  change(at: number, { type, resource, object, previous }: Change, actor: Actor): void {
    if (!this.#kept || quiet.includes(resource)) return;
    this.say(
      at,
      `  etcd: ${actor} ${type} ${resource} ${keyOf(object)}${describe(resource, object as Stored, previous as Stored)}`,
    );
  }

  line(at: number, replica: string, line: string): void {
    if (!this.#kept) return;
    const { level, time: _, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const facts = Object.entries(rest).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    this.say(at, `    ${replica} ${String(level)}: ${String(msg)}${facts.join('')}`);
  }
}

const describe = (resource: string, object: Stored, previous: Stored | undefined): string => {
  if (resource === 'secrets') {
    const secret = publishedOf(object);
    return secret
      ? ` v${secret.version} of ${secret.operation} ****${secret.credentialId}${secret.abandoned === undefined ? '' : ` abandoned ${secret.abandoned}`}`
      : '';
  }
  if (resource !== 'machineclients') return '';
  const operation = operationOf(object);
  const fence =
    operation && operation.id !== operationOf(previous)?.id
      ? ` fence ${operation.kind} ${operation.id}`
      : operation?.result !== undefined && operationOf(previous)?.result === undefined
        ? ` ${operation.id} ${operation.result}`
        : '';
  const ready = condition(object, 'Ready');
  const said =
    ready && ready.reason !== (previous && condition(previous, 'Ready')?.reason)
      ? ` Ready=${ready.status} ${ready.reason}`
      : '';
  const revoke = object.metadata.annotations?.[annotations.revokePrevious];
  const asked =
    revoke !== previous?.metadata.annotations?.[annotations.revokePrevious] ? ` revoke ${revoke}` : '';
  return `${fence}${said}${asked}${object.metadata.deletionTimestamp === undefined ? '' : ' (deleting)'}`;
};
