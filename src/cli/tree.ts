import type { Attention } from '../api/reasons.ts';
import type { ClientReport, Wait } from './report.ts';
import type { Paint, Style } from './terminal.ts';
import { moment } from './times.ts';

export interface Node {
  readonly text: string;
  readonly children?: readonly Node[];
}

/** A node and, below it, its branches. */
export const drawTree = ({ text, children = [] }: Node): readonly string[] => [
  text,
  ...children.flatMap((child, index) => {
    const last = index === children.length - 1;
    return drawTree(child).map((line, depth) =>
      depth === 0 ? `${last ? '└─ ' : '├─ '}${line}` : `${last ? '   ' : '│  '}${line}`,
    );
  }),
];

const colours: Readonly<Record<Attention, Style>> = { rest: 'green', wait: 'yellow', act: 'red' };
const readyText = ({ ready }: Pick<ClientReport, 'ready'>): string =>
  ({ True: 'Ready', False: 'not Ready', Unknown: 'Ready is unknown' })[ready];

export const waitText = ({ conditions, reason, message, attention }: Wait, paint: Paint): string => {
  const from = conditions.length === 0 ? '' : paint('dim', ` (${conditions.join(', ')})`);
  return `${paint(colours[attention], reason)}${from}: ${message}`;
};

const credentialText = (
  { id, suffix, state, createdTime, expiryTime, retireAfter }: ClientReport['client']['credentials'][number],
  now: number,
): string => {
  const times = [
    createdTime === undefined ? undefined : `made ${moment(createdTime, now)}`,
    expiryTime === undefined ? undefined : `ends ${moment(expiryTime, now)}`,
    retireAfter === undefined ? undefined : `not retired before ${moment(retireAfter, now)}`,
  ].filter((text) => text !== undefined);
  // Where there are no ids, the id is what is shown of the secret.
  const more = suffix?.endsWith(id) === true ? undefined : suffix;
  return [`credential ${id}`, more, state, ...times].filter(Boolean).join(', ');
};

const providerNode = ({ provider }: ClientReport, paint: Paint): Node => {
  const { kind, name, ready, reason, message, account } = provider;
  const verdict =
    ready === 'True'
      ? paint('green', 'Ready')
      : `${paint(ready === 'False' ? 'red' : 'yellow', reason)}: ${message}`;
  return { text: [`${kind} ${name}`, account, verdict].filter(Boolean).join(', ') };
};

const secretNode = ({ secret }: ClientReport, now: number, paint: Paint): Node => {
  const { name, exists, version, publishedTime, unseen } = secret;
  const published = publishedTime === undefined ? '' : `, published ${moment(publishedTime, now)}`;
  const known = version === undefined ? '' : `, version ${version}${published}`;
  const caveat = unseen === undefined ? '' : paint('dim', ` (from the status: ${unseen})`);
  if (exists === false) return { text: `Secret ${name}, ${paint('yellow', 'does not exist')}` };
  return {
    text: `Secret ${name}${known === '' && exists === true ? ', nothing published in it' : known}${caveat}`,
  };
};

const behindText = (waitsFor: string): string =>
  waitsFor === 'its rollout' ? 'not rolled out yet' : `not rolled out yet: ${waitsFor}`;

const consumersNode = ({ consumers, consumersUnseen }: ClientReport, paint: Paint): readonly Node[] => {
  if (consumersUnseen !== undefined) return [{ text: `consumers, ${paint('yellow', consumersUnseen)}` }];
  if (consumers.length === 0) return [];
  return [
    {
      text: 'consumers',
      children: consumers.map(({ kind, name, waitsFor }) => ({
        text: `${kind} ${name}, ${waitsFor === undefined ? paint('green', 'rolled out') : paint('yellow', behindText(waitsFor))}`,
      })),
    },
  ];
};

const waitsNode = (
  { waits, nextRotationTime, nextRetryTime }: ClientReport,
  now: number,
  paint: Paint,
): Node => {
  const children = [
    ...waits.map((wait) => ({ text: waitText(wait, paint) })),
    ...(nextRotationTime === undefined ? [] : [{ text: `next rotation ${moment(nextRotationTime, now)}` }]),
    ...(nextRetryTime === undefined ? [] : [{ text: `next try ${moment(nextRetryTime, now)}` }]),
  ];
  return children.length === 0 ? { text: 'waits for nothing' } : { text: 'waits for', children };
};

/** The report of one MachineClient, for people. */
export const treeOf = (report: ClientReport, now: number, paint: Paint): string => {
  const { namespace, name, ready, client, attention, deleting } = report;
  const verdict = `${readyText({ ready })}${deleting ? ', being deleted' : ''}`;
  const root: Node = {
    text: `${paint('bold', `MachineClient ${namespace}/${name}`)}, ${paint(colours[attention], verdict)}`,
    children: [
      providerNode(report, paint),
      {
        text: `client ${client.id ?? '(none yet)'}, ${client.state}`,
        children: client.credentials.map((credential) => ({ text: credentialText(credential, now) })),
      },
      secretNode(report, now, paint),
      ...consumersNode(report, paint),
      waitsNode(report, now, paint),
    ],
  };
  return `${drawTree(root).join('\n')}\n`;
};
