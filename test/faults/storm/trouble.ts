import { setTimeout as sleep } from 'node:timers/promises';
import { secrets } from '../../../src/kube/resource.ts';
import { type Fate, isWrite } from '../../helpers/recording-proxy.ts';
import { until } from '../../helpers/until.ts';
import type { FaultRule } from '../../simulators/faults.ts';
import type { Diary } from './diary.ts';
import type { Dice } from './dice.ts';
import type { Place } from './place.ts';
import type { Replica, Site } from './site.ts';

interface Stage {
  readonly site: Site;
  readonly dice: Dice;
  readonly diary: Diary;
  readonly signal: AbortSignal;
}
type Trouble = (stage: Stage) => Promise<void>;

const SHORTEST_MS = 300;
const LONGEST_MS = 7_000;

/** For a while; at the end of the storm no longer. */
const lasting = async ({ dice, signal }: Stage, mostMs = LONGEST_MS): Promise<void> => {
  await sleep(dice.between(SHORTEST_MS, mostMs), undefined, { signal }).catch(() => {});
};

const someReplica = ({ site, dice }: Stage): Replica => dice.pick(site.replicas);

const killed: Trouble = async (stage) => {
  const replica = someReplica(stage);
  stage.diary.note('*', `SIGKILL: ${replica.name}`);
  await replica.kill();
  await lasting(stage, 3_000);
  replica.start();
};

const bothKilled: Trouble = async (stage) => {
  stage.diary.note('*', 'SIGKILL of both');
  await Promise.all(stage.site.replicas.map((replica) => replica.kill()));
  await lasting(stage, 3_000);
  for (const replica of stage.site.replicas) replica.start();
};

/** Longer than the lease, mostly: it wakes in the middle of what it was doing, and another one leads. */
const paused: Trouble = async (stage) => {
  const replica = someReplica(stage);
  if (!replica.running || replica.stopped) return;
  stage.diary.note('*', `SIGSTOP: ${replica.name}`);
  replica.pause();
  await lasting(stage);
  if (!replica.stopped) return; // Killed meanwhile.
  stage.diary.note('*', `SIGCONT: ${replica.name}`);
  replica.resume();
};

const cut: Trouble = async (stage) => {
  const { door, name } = someReplica(stage);
  if (!door.isOpen) return;
  stage.diary.note('*', `cut from the API server: ${name}`);
  await door.shut();
  await lasting(stage);
  await door.open();
};

/** Requests or answers are lost, one by one. */
const lossy: Trouble = async (stage) => {
  const { proxy, name } = someReplica(stage);
  stage.diary.note('*', `lossy way to the API server: ${name}`);
  proxy.setHook(() => (stage.dice.chance(0.1) ? 'drop' : 'continue'));
  await lasting(stage);
  proxy.setHook(undefined);
};

/** Writes arrive late, perhaps when their sender is dead and another one has gone on. */
const late: Trouble = async (stage) => {
  const { proxy, name } = someReplica(stage);
  const { dice, diary } = stage;
  diary.note('*', `late writes to the API server: ${name}`);
  proxy.setHook(async (call, phase): Promise<Fate> => {
    if (phase === 'before' && isWrite(call) && call.resource !== 'leases' && dice.chance(0.3))
      await sleep(dice.between(50, 4_000));
    return 'continue';
  });
  await lasting(stage);
  proxy.setHook(undefined);
};

const outage: Trouble = async (stage) => {
  if (!stage.site.providerDoor.isOpen) return;
  stage.diary.note('*', 'the provider is down');
  await stage.site.providerDoor.shut();
  await lasting(stage);
  await stage.site.providerDoor.open();
};

const faults: readonly FaultRule[] = [
  { fault: 'status', status: 429, headers: { 'retry-after': '1' }, probability: 0.5 },
  { fault: 'status', status: 503, probability: 0.5 },
  { fault: 'status', status: 500, phase: 'after', probability: 0.3 },
  { fault: 'html-502', phase: 'after', probability: 0.3 },
  { fault: 'drop-before', probability: 0.3 },
  { fault: 'drop-after', probability: 0.3 },
  { fault: 'truncate', probability: 0.3 },
  // Below the settle time: what arrives after it is a limit of its own, and the crash test's business.
  { fault: 'delay', ms: 1_200, phase: 'before', probability: 0.3 },
  { fault: 'delay', ms: 1_500, phase: 'after', probability: 0.3 },
];

const misbehaving: Trouble = async (stage) => {
  const rule = stage.dice.pick(faults);
  stage.diary.note(
    '*',
    `the provider misbehaves: ${rule.fault}${rule.fault === 'status' ? ` ${rule.status}` : ''}`,
  );
  stage.site.world.upstream.simulator.setFaults([rule]);
  await lasting(stage);
  stage.site.world.upstream.simulator.setFaults([]);
};

const credentialReplaced: Trouble = async (stage) => {
  const { world } = stage.site;
  stage.diary.note('*', 'the management secret is replaced');
  world.upstream.rotateManagement();
  await lasting(stage, 3_000);
  await until('the management secret in the cluster', async () => {
    await world.kube.mergePatch(secrets, world.ref(`${world.providerName}-management`), {
      stringData: { secret: world.upstream.managementSecret() },
    });
    return true;
  });
};

const troublesAt = ({ replacesCredential }: Place): readonly (readonly [number, Trouble])[] => [
  [6, killed],
  [2, bothKilled],
  [5, paused],
  [3, cut],
  [3, lossy],
  [3, late],
  [3, outage],
  [5, misbehaving],
  [replacesCredential ? 1 : 0, credentialReplaced],
];

/** One after the other; several of these run at once, so troubles meet. */
export const makeTrouble = async (stage: Stage): Promise<void> => {
  while (!stage.signal.aborted) {
    await stage.dice.weighted(troublesAt(stage.site.place))(stage);
    await lasting(stage, 2_500);
  }
};

/** etcd is kept, watches break, and for some seconds there is nothing to talk to. */
export const restartApiServers = async (stage: Stage, everyMs: number): Promise<void> => {
  for (;;) {
    try {
      await sleep(stage.dice.between(everyMs / 2, everyMs), undefined, { signal: stage.signal });
    } catch {
      return;
    }
    stage.diary.note('*', 'the API server is killed and started again');
    await stage.site.controlPlane.restartApiServer();
  }
};
