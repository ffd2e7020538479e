import { annotations } from '../../../src/api/group.ts';
import type { Agenda } from './agenda.ts';
import type { ApiAnswer } from './api-server/api.ts';
import { forbidden, invalid, type ApiFailure } from './api-server/failure.ts';
import type { WireRequest } from './exchange.ts';
import type { Actor } from './scene.ts';
import type { Act, Refused } from './schedule.ts';

type Refusal = Extract<Act, { do: 'refuse' }>;

/** What a person reads who looks for the cause. */
export const WORDS = 'only Git may write here';
const STATUS: readonly Refused[] = ['status'];
const OF = { group: 'machine-client.dev', plural: 'machineclients', kind: 'MachineClient' };

/** The writes of one fence that one process has tried in vain. */
export interface Tried {
  readonly key: string;
  readonly by: Actor;
  /** Of the object: another one of its name knows nothing of what was refused to this one. */
  readonly uid: string | undefined;
  /** World time of the first one. */
  readonly first: number;
  times: number;
}

/** Admission that does not take what operators write to MachineClients; what users write it takes. */
export class Admission {
  readonly #agenda: Agenda;
  #refusals: Refusal[] = [];
  readonly #met = new Set<Refusal>();
  #tried = new Map<string, Tried>();
  onMet: (fault: string) => void = () => {};
  /** What was refused to the end, when a refusal of fences is over; not where the status could not be written. */
  onOver: (tried: readonly Tried[]) => void = () => {};

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  begin(act: Refusal): void {
    this.#refusals.push(act);
    this.#agenda.after(act.ms, () => this.#end(act));
  }

  calm(): void {
    this.#refusals = [];
    this.#tried.clear();
  }

  /** The answer to a write that is refused; undefined: it is let through. */
  refusal({ method, path, body }: WireRequest, by: Actor): ApiAnswer | undefined {
    if (this.#refusals.length === 0 || method !== 'PATCH') return undefined;
    const [, namespace, name, status] =
      /\/namespaces\/([^/]+)\/machineclients\/([^/?]+)(\/status)?(?:\?|$)/.exec(path) ?? [];
    if (name === undefined) return undefined;
    const { metadata = {} } = JSON.parse(body ?? '{}') as { readonly metadata?: Patched };
    const parts = status === undefined ? partsOf(metadata) : STATUS;
    const key = `${namespace}/${name}`;
    const act = this.#refusals.find(({ what }) => parts.includes(what));
    if (!act) {
      if (parts.length > 0) this.#tried.delete(key);
      return undefined;
    }
    this.#note(act, key, by, metadata.uid);
    const failure = act.status === 403 ? forbidden(OF, name, WORDS) : invalidBy(name);
    return {
      status: act.status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(failure.body),
    };
  }

  #note(act: Refusal, key: string, by: Actor, uid: string | undefined): void {
    if (!this.#met.has(act)) {
      this.#met.add(act);
      this.onMet(`refuse ${act.what}`);
    }
    if (act.what === 'status') return;
    const before = this.#tried.get(key);
    const isSame = before?.by === by && before.uid === uid;
    const tried = isSame ? before : { key, by, uid, first: this.#agenda.now, times: 0 };
    tried.times++;
    this.#tried.set(key, tried);
  }

  #end(act: Refusal): void {
    if (!this.#refusals.includes(act)) return;
    if (!this.#refusals.some(({ what }) => what === 'status')) this.onOver([...this.#tried.values()]);
    this.#refusals = this.#refusals.filter((one) => one !== act);
    this.#tried.clear();
  }
}

interface Patched {
  readonly uid?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly finalizers?: unknown;
}

const partsOf = ({ annotations: own, finalizers }: Patched): readonly Refused[] => [
  ...(own?.[annotations.operation] === undefined ? [] : (['fence'] as const)),
  ...(finalizers === undefined ? [] : (['finalizer'] as const)),
];

const invalidBy = (name: string): ApiFailure =>
  invalid(OF, name, [
    {
      reason: 'FieldValueInvalid',
      message: `ValidatingAdmissionPolicy 'git' denied request: ${WORDS}`,
      field: '',
    },
  ]);
