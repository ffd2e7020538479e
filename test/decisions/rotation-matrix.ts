import { decide } from '../../src/machine-client/decide.ts';
import type { Plan } from '../../src/machine-client/plan.ts';
import type { Consumer } from '../../src/kube/rollout/workload.ts';
import {
  also,
  annotated,
  facts,
  HOUR,
  looked,
  lostStart,
  type Modifier,
  next,
  noSecret,
  overlapping,
  quiet,
  rotation,
  secret,
  spec,
} from '../../src/machine-client/testing/facts.ts';

const DAY = 24 * HOUR;

/** The one workload that `spec.restart` names. */
const consumer =
  (fields: Partial<Consumer>): Modifier =>
  (before) => ({
    ...before,
    consumers: [
      {
        kind: 'Deployment',
        name: 'a',
        uid: 'uid-a',
        publication: { version: '3', operation: 'op-1s' },
        waitsFor: undefined,
        ...fields,
      },
    ],
  });
const rolledOut = consumer({});
const rollingOut = consumer({ waitsFor: 'its rollout' });
const notRestarted = consumer({ publication: { version: '2', operation: 'op-r' } });

/** What a person sets. */
export const settings: Readonly<Record<string, Modifier>> = {
  'by hand': (before) => before,
  interval: rotation({ interval: '24h' }),
  'interval, window closed': rotation({
    interval: '24h',
    windows: [{ schedule: '0 3 1 1 *', duration: '1h' }],
  }),
  restart: spec({
    restart: { targets: [{ kind: 'Deployment', name: 'a' }], discover: false, deadline: '30m' },
  }),
  retireWhenUnused: rotation({ retireWhenUnused: { cap: '168h' } }),
  suspend: spec({ suspend: true }),
  'state: Inactive': spec({ state: 'Inactive' }),
  'revoke-previous': annotated('revokePrevious', '3'),
};

/** Where a client stands. The overlap is a day, the last rotation two days ago. */
export const situations: Readonly<Record<string, Modifier>> = {
  'nothing is open, nothing was asked for': also(quiet, looked, rolledOut),
  'a rotation is asked for': also(quiet, looked, rolledOut, annotated('rotateRequested', 'please')),
  'published an hour ago, workloads not restarted yet': also(overlapping(HOUR), looked, notRestarted),
  'published an hour ago, rolling out': also(overlapping(HOUR), looked, rollingOut),
  'published an hour ago, rolled out': also(overlapping(HOUR), looked, rolledOut),
  'published two days ago, rolling out': also(overlapping(2 * DAY), looked, rollingOut),
  'published two days ago, rolled out': also(overlapping(2 * DAY), looked, rolledOut),
  'our start was lost': also(lostStart(2 * HOUR), secret({ abandonedOperation: 'op-2k' }), looked, rolledOut),
  'somebody else has a rotation open': also(quiet, next('theirs'), looked, rolledOut),
  'the Secret is lost, nothing is open': also(quiet, noSecret, looked),
  'the Secret is lost within the overlap': also(overlapping(HOUR), noSecret, looked),
};

const words = (plan: Plan): string => {
  switch (plan.kind) {
    case 'mint':
      return plan.reason === 'Rotating' ? '**rotate**' : 'new credential';
    case 'promote':
      return '**retire** the old one';
    case 'restart':
      return 'restart workloads';
    case 'cancel':
      return 'cancel it';
    case 'nothing':
    case 'hold':
      return plan.reason === 'Ready' ? '·' : `\`${plan.reason}\``;
    default:
      return `${plan.kind} \`${'reason' in plan ? plan.reason : ''}\``;
  }
};

/** What the operator does; the reason is what `RotationInProgress` or `RotationBlocked` (without a Secret: `Ready`) says. */
export const cell = (situation: Modifier, setting: Modifier): string =>
  words(decide(facts(situation, setting)));
