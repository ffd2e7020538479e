import { findCondition } from '../../api/conditions.ts';
import { annotations } from '../../api/group.ts';
import { machineClients } from '../../api/resources.ts';
import { type Clock, sleep } from '../../runtime/clock.ts';
import type { Connection } from '../connect.ts';
import { durationOf } from '../duration.ts';
import { CommandError, UsageError } from '../errors.ts';
import { gather, getMachineClient } from '../gather.ts';
import { Progress } from '../progress.ts';
import { reportOf, type Wait, waitsOf } from '../report.ts';
import { whyNoRotation } from '../rotation.ts';
import type { Run } from '../run.ts';
import { type Paint, painter } from '../terminal.ts';
import { moment, span } from '../times.ts';
import { waitText } from '../tree.ts';
import { conditionsOf, type MachineClientWire } from '../wire.ts';

const LOOK_EVERY_MS = 1_000;
/** It is cut to one line, and goes to standard error. */
const plain = painter(false);

interface RotateReport {
  readonly namespace: string;
  readonly name: string;
  /** Of machine-client.dev/rotate-requested. */
  readonly token: string;
  /** Not known without --wait. */
  readonly published?: boolean | undefined;
  readonly secretVersion?: number | undefined;
  readonly secretSuffix?: string | undefined;
  /** What goes on after the publication. */
  readonly remains: readonly Wait[];
  /** Workloads of spec.restart that still hold the old one. */
  readonly notRolledOut: readonly string[];
  /** When the old credential goes at the earliest. */
  readonly retireAfter?: string | undefined;
}

/** For people: when it was asked for; the rest keeps two requests of one second apart. */
const makeToken = (clock: Clock, random: () => number): string =>
  `${new Date(clock.now()).toISOString()}-${Math.floor(random() * 2 ** 32).toString(36)}`;

const textOf = (report: RotateReport, now: number, paint: Paint): string => {
  const { namespace, name, published, secretVersion, secretSuffix, remains, notRolledOut, retireAfter } =
    report;
  if (published !== true)
    return `asked for a new credential of ${namespace}/${name}; see kubectl machine-client status -n ${namespace} ${name}\n`;
  const suffix = secretSuffix === undefined ? '' : `, ${secretSuffix}`;
  const lines = [
    `${paint('green', 'published')}: version ${secretVersion} of the Secret of ${namespace}/${name}${suffix}`,
    ...remains.map((wait) => `remains: ${waitText(wait, paint)}`),
    ...(notRolledOut.length === 0 ? [] : [`remains: the rollout of ${notRolledOut.join(', ')}`]),
    ...(retireAfter === undefined
      ? []
      : [`the old credential lives at least until ${moment(retireAfter, now)}`]),
  ];
  return `${lines.join('\n')}\n`;
};

const isStalled = (object: MachineClientWire): boolean =>
  findCondition(conditionsOf(object), 'Stalled')?.status === 'True';

export const rotate = async (run: Run): Promise<number> => {
  const { values, flags, name = '' } = run.arguments;
  if (values.has('timeout') && !flags.has('wait')) throw new UsageError('--timeout is for --wait');
  const timeoutMs = durationOf('timeout', values.get('timeout') ?? '5m');
  await using connection = await run.connect();
  const { kube, namespace } = connection;
  const before = await getMachineClient(kube, namespace, name);
  const obstacle = whyNoRotation(before);
  if (obstacle !== undefined) throw new CommandError(`${namespace}/${name} would not rotate: ${obstacle}`);
  const token = makeToken(run.clock, run.random);
  await kube.mergePatch(
    machineClients,
    { namespace, name },
    // The uid: not of another one that has come to bear the name.
    { metadata: { uid: before.metadata.uid, annotations: { [annotations.rotateRequested]: token } } },
  );
  const asked: RotateReport = { namespace, name, token, remains: [], notRolledOut: [] };
  const report = flags.has('wait')
    ? await untilPublished(run, connection, { asked, before, timeoutMs })
    : asked;
  run.print(report, (one) => textOf(one, run.clock.now(), run.paint));
  return 0;
};

interface Waiting {
  readonly asked: RotateReport;
  readonly before: MachineClientWire;
  readonly timeoutMs: number;
}

const untilPublished = async (
  { clock, terminal }: Run,
  { kube }: Connection,
  { asked, before, timeoutMs }: Waiting,
): Promise<RotateReport> => {
  const { namespace, name, token } = asked;
  using progress = new Progress(terminal);
  const began = clock.monotonic();
  for (;;) {
    const object = await getMachineClient(kube, namespace, name);
    const { status = {} } = object;
    const now = clock.now();
    const waits = waitsOf(object, now);
    if (status.lastHandledRotateRequest === token) {
      const { secretVersion, secretSuffix } = status;
      const retireAfter = status.credentials?.find(({ state }) => state === 'Retiring')?.retireAfter;
      // The first credential is in nobody's hands yet.
      const { consumers } = reportOf(await gather(kube, object), now);
      const behind = retireAfter === undefined ? [] : consumers.filter(({ rolledOut }) => !rolledOut);
      return {
        ...asked,
        published: true,
        secretVersion,
        secretSuffix,
        remains: waits,
        notRolledOut: behind.map((one) => `${one.kind} ${one.name}`),
        retireAfter,
      };
    }
    if (object.metadata.uid !== before.metadata.uid)
      throw new CommandError(`${namespace}/${name} was deleted and made anew meanwhile`);
    const elapsed = clock.monotonic() - began;
    const [first] = waits;
    const said = first === undefined ? 'the operator has not begun yet' : waitText(first, plain);
    // What was stalled before may be told until the operator has tried again.
    if (isStalled(object) && !isStalled(before))
      throw new CommandError(`${namespace}/${name} will not rotate by itself: ${said}`);
    if (elapsed >= timeoutMs)
      throw new CommandError(
        `no new credential of ${namespace}/${name} after ${span(timeoutMs)}: ${said}; the request stands, and the old credential works on`,
      );
    progress.say(terminal.redraws ? `${span(elapsed)}  ${said}` : said);
    await sleep(clock, Math.min(LOOK_EVERY_MS, timeoutMs - elapsed));
  }
};
