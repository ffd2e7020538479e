import type { Replica } from './replica.ts';
import type { UpstreamCall } from './upstreams/upstream.ts';
import type { Sent, Sender } from './wire.ts';

/** What a note of the wire says of a request that went well. */
const WELL = /^→ \d+$/;
/** And of one that did not. */
const faults: readonly (readonly [note: RegExp, fault: string])[] = [
  [/^is lost$/, 'lost request'],
  [/which is lost$/, 'lost answer'],
  [/^is refused/, 'refused'],
  [/\(late\)$/, 'late request'],
];

const DECIDED = '"msg":"decided"}\n';
const isDecided = /"plan":"([^"]*)".*?"rows":"([^"]*)"/;

/** `PATCH machineclients/status`. */
const kubeCall = (method: string, path: string): string => {
  const [, ...segments] = (path.split('?', 1)[0] ?? '').slice(1).split('/');
  const rest = segments.slice(path.startsWith('/api/') ? 1 : 2);
  const [plural, , subresource] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  return [method, [plural, subresource].filter(Boolean).join('/')].join(' ');
};

/**
 * What a schedule came to: which rows decided, which call met which fault, and after which call a process was killed,
 * each with the plan that it was for. Nothing is judged by it.
 */
export class Coverage {
  readonly met = new Set<string>();
  readonly #read: (request: Sent['request']) => UpstreamCall;
  /** By process: what it decided last, and sent last. */
  readonly #plans = new Map<string, string>();
  readonly #calls = new Map<string, string>();

  constructor(read: (request: Sent['request']) => UpstreamCall) {
    this.#read = read;
  }

  line({ name }: Replica, line: string): void {
    // With the facts it is long, and most lines say something else: they are told by their end.
    if (!line.endsWith(DECIDED)) return;
    const [, plan, rows] = isDecided.exec(line) ?? [];
    if (plan === undefined) return;
    this.#plans.set(name, plan);
    this.met.add(`row: ${rows}`);
  }

  sent(sent: Sent): void {
    const call = this.#callOf(sent);
    if (call !== undefined) this.#calls.set(sent.sender.name, call);
  }

  noted(sent: Sent, text: string): void {
    if (WELL.test(text)) return;
    const [, fault] = faults.find(([note]) => note.test(text)) ?? [];
    const call = fault === undefined ? undefined : this.#callOf(sent);
    if (call !== undefined) this.met.add(`${fault}: ${this.#during(sent.sender, call)}`);
  }

  killed(process: Sender): void {
    this.met.add(`killed after: ${this.#during(process, this.#calls.get(process.name) ?? 'nothing')}`);
  }

  /** Undefined: of the machinery around the objects, such as a lease, a watch or an event. */
  #callOf({ target, request }: Sent): string | undefined {
    if (target === 'upstream') return `${this.#read(request).kind} at the provider`;
    return request.method === 'GET' || /\/(leases|events)\b/.test(request.path)
      ? undefined
      : kubeCall(request.method, request.path);
  }

  #during({ name }: Sender, call: string): string {
    return `${call}, plan ${this.#plans.get(name) ?? 'none'}`;
  }
}
