import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** How many MachineClients at once; a series of measurements for each. */
  readonly clients: readonly number[];
  /** Of the provider, in milliseconds; a series for each. */
  readonly latencies: readonly number[];
  /** The operator's `--concurrency`, and the floor's; undefined: the operator's default. */
  readonly concurrency: number | undefined;
  readonly idleSeconds: number;
  readonly foreignSecrets: number;
  readonly lightClients: number;
  /** Creations only. */
  readonly seriesOnly: boolean;
  /** Rotations that are due in one minute; 0: none. */
  readonly dueTogether: number;
  /** Nothing but these. */
  readonly dueTogetherOnly: boolean;
  /** Clients in one account, of which the inventory is made; 0: none. */
  readonly accountClients: number;
  /** Nothing but these. */
  readonly sweepsOnly: boolean;
  /** Deletions at the API server, beside answers of hostile providers; 0: none of both. */
  readonly deletions: number;
  /** Nothing but these. */
  readonly networkOnly: boolean;
  /** MachineClients at rest, rising, whose memory is measured; empty: none, and no start-up. */
  readonly footprintClients: readonly number[];
  readonly footprintStarts: number;
  readonly footprintRuns: number;
  /** Nothing but these. */
  readonly footprintOnly: boolean;
  /** Another bundle, whose footprint is measured by turns with the first one's. */
  readonly versus: string | undefined;
  /** Of its process. */
  readonly versusFlags: readonly string[];
  readonly json: string;
  /** What is run; undefined: a bundle that is built first. */
  readonly entry: string | undefined;
  /** Of the operator's process. */
  readonly nodeFlags: readonly string[];
}

export const USAGE = `npm run bench -- [FLAGS]
  --clients N[,N…]        MachineClients at once (default 200,1000)
  --latency MS[,MS…]      what the provider takes for a call (default 50,0)
  --concurrency N         of the operator and of the floor (default: the operator's own)
  --idle-seconds N        how long nothing must happen (default 60)
  --foreign-secrets N     Secrets of 20 KiB that are not ours (default 2000)
  --series-only           without restart, idle time, foreign Secrets and removal
  --due-together N        rotations due in one minute, under a budget of 1.2 requests a minute each; takes 8 minutes
                          (default 1000, and none with --quick and --series-only; 0: none)
  --due-together-only     nothing but these
  --account-clients N     clients in one account of each provider that is swept (default 10000, and none with
                          --series-only; 0: none)
  --sweeps-only           nothing but these
  --deletions N           deletions with preconditions, and what hostile answers cost; one minute (default 1000, and none
                          with --series-only; 0: none)
  --network-only          nothing but these
  --footprint-clients N[,N…]  MachineClients at rest whose memory is measured, after start-up and the first Secret; 10,000
                          take 10 minutes (default 1000,10000, and none with --series-only; 0: none)
  --footprint-starts N    starts that are measured (default 7)
  --footprint-only        nothing but these
  --versus FILE           another bundle, whose footprint is measured by turns with the first one's
  --versus-flags FLAGS    its --node-flags
  --operator FILE         measure this bundle (default: dist/main.js, built first)
  --node-flags FLAGS      of the operator's process, separated by spaces (default: those of the image); a profile:
                          --node-flags='--cpu-prof --cpu-prof-dir=DIR'
  --json FILE             results (default: a new file in the temporary folder)
  --quick                 few and small, under a minute: 60 clients, 20 ms, 5 s, 200 Secrets
  --help
`;

/** Of the ENTRYPOINT in the Dockerfile. */
const IMAGE_FLAGS = '--max-semi-space-size=4 --optimize-for-size --liftoff-only';

/** What the command line says wrong, in one line. */
export class UsageError extends Error {}

const numbers = (flag: string, text: string, least: number): number[] =>
  text.split(',').map((part) => {
    if (!/^\d{1,6}$/.test(part) || Number(part) < least)
      throw new UsageError(`--${flag} wants whole numbers from ${least}, not "${part}"`);
    return Number(part);
  });

const number = (flag: string, text: string, least: number): number => {
  const [value = 0, ...more] = numbers(flag, text, least);
  if (more.length > 0) throw new UsageError(`--${flag} wants one number, not "${text}"`);
  return value;
};

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      options: {
        clients: { type: 'string' },
        latency: { type: 'string' },
        concurrency: { type: 'string' },
        'idle-seconds': { type: 'string' },
        'foreign-secrets': { type: 'string' },
        operator: { type: 'string' },
        'node-flags': { type: 'string', default: IMAGE_FLAGS },
        json: { type: 'string' },
        'series-only': { type: 'boolean', default: false },
        'due-together': { type: 'string' },
        'due-together-only': { type: 'boolean', default: false },
        'account-clients': { type: 'string' },
        'sweeps-only': { type: 'boolean', default: false },
        deletions: { type: 'string' },
        'network-only': { type: 'boolean', default: false },
        'footprint-clients': { type: 'string' },
        'footprint-starts': { type: 'string' },
        'footprint-only': { type: 'boolean', default: false },
        versus: { type: 'string' },
        'versus-flags': { type: 'string', default: IMAGE_FLAGS },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}; see --help`);
  }
};

/** `help`: the usage is wanted. Throws a UsageError for what is unknown or unreadable. */
export const parseOptions = (args: string[]): Options | 'help' => {
  const given = parse(args);
  if (given.help) return 'help';
  const { quick } = given;
  const brief = (quick || given['series-only'] || given['network-only']) && !given['due-together-only'];
  const onlySome =
    given['series-only'] || given['due-together-only'] || given['sweeps-only'] || given['network-only'];
  const onlyOther = (onlySome && !given['sweeps-only']) || given['footprint-only'];
  const noFootprint = onlySome && !given['footprint-only'];
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  return {
    clients: numbers('clients', given.clients ?? (quick ? '60' : '200,1000'), 1),
    latencies: numbers('latency', given.latency ?? (quick ? '20' : '50,0'), 0),
    concurrency: given.concurrency === undefined ? undefined : number('concurrency', given.concurrency, 1),
    idleSeconds: number('idle-seconds', given['idle-seconds'] ?? (quick ? '5' : '60'), 1),
    foreignSecrets: number('foreign-secrets', given['foreign-secrets'] ?? (quick ? '200' : '2000'), 0),
    seriesOnly: given['series-only'],
    dueTogether: number('due-together', given['due-together'] ?? (brief ? '0' : '1000'), 0),
    dueTogetherOnly: given['due-together-only'],
    accountClients: number(
      'account-clients',
      given['account-clients'] ?? (onlyOther ? '0' : quick ? '400' : '10000'),
      0,
    ),
    sweepsOnly: given['sweeps-only'],
    deletions: number(
      'deletions',
      given.deletions ??
        ((onlySome || given['footprint-only']) && !given['network-only'] ? '0' : quick ? '100' : '1000'),
      0,
    ),
    networkOnly: given['network-only'],
    footprintClients: numbers(
      'footprint-clients',
      given['footprint-clients'] ?? (noFootprint ? '0' : quick ? '60' : '1000,10000'),
      0,
    ).filter((clients) => clients > 0),
    footprintStarts: number('footprint-starts', given['footprint-starts'] ?? (quick ? '1' : '7'), 1),
    footprintRuns: quick ? 1 : 3,
    footprintOnly: given['footprint-only'],
    versus: given.versus === undefined ? undefined : resolve(given.versus),
    lightClients: quick ? 20 : 60,
    json: resolve(given.json ?? join(tmpdir(), `machine-client-bench-${stamp}.json`)),
    entry: given.operator === undefined ? undefined : resolve(given.operator),
    versusFlags: words(given['versus-flags']),
    nodeFlags: words(given['node-flags']),
  };
};
