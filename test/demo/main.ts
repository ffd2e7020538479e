/** `npm run demo`: see arguments.ts. */
import { once } from 'node:events';
import { asError } from '../../src/runtime/errors.ts';
import { type Arguments, readArguments, USAGE, UsageError } from './arguments.ts';
import { Board, paintTable } from './board.ts';
import { readKeys } from './keys.ts';
import { killAndHeal } from './kill.ts';
import { Narrator } from './narrator.ts';
import { TIME_SCALE } from './operator.ts';
import { playExample, type Scene } from './play.ts';
import { rotateUnderLoad } from './rotate.ts';
import { Screen } from './screen.ts';
import { setStage } from './stage.ts';
import { readTable } from './table.ts';
import { Timeline } from './timeline.ts';
import { View } from './view.ts';

/** As shells count a program that a signal has ended. */
const INTERRUPTED = 130;

/** A person wants it to end. */
class Stopped extends Error {}

const play = async (
  { once: isOnce, kubeconfig }: Arguments,
  screen: Screen,
  timeline: Timeline,
  stack: AsyncDisposableStack,
  stop: AbortController,
): Promise<void> => {
  const { signal } = stop;
  const onDeath = (error: Error): void => stop.abort(error);
  const stage = await setStage({ kubeconfig, stack, timeline, signal, onDeath });
  const view = stack.use(new View(stage.transport, stage.namespaces));
  stack.use(new Narrator(timeline, view, stage.simulator));
  const scene: Scene = { stage, view, timeline, signal };

  timeline.add('operator', `started, pid ${stage.operator.start()}, its log: ${stage.operator.logFile}`);
  timeline.add(
    'operator',
    `time-scale ${TIME_SCALE}: all of its waits are ${TIME_SCALE} times shorter than in earnest`,
  );
  await playExample(scene);
  const showTable = async (): Promise<void> => {
    await timeline.caughtUp();
    screen.print(['', ...paintTable(screen, await readTable(stage.transport, stage.namespaces, signal)), '']);
  };
  if (isOnce) {
    await showTable();
    await rotateUnderLoad(scene, 'rotated-1');
    await killAndHeal(scene, 'killed-1');
    await showTable();
    return;
  }
  await stayUp(scene, screen, stop);
};

const inShell = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path}'`);

/** Until a person has seen enough. */
const stayUp = async (scene: Scene, screen: Screen, stop: AbortController): Promise<void> => {
  const { stage, timeline, signal } = scene;
  await timeline.caughtUp();
  const keys = process.stdin.isTTY
    ? `${screen.paint('bold', 'k')} kills the operator in the middle of a creation    ${screen.paint('bold', 'r')} rotates under load    ${screen.paint('bold', 'q')} ends and cleans up`
    : 'Ctrl-C ends and cleans up';
  using _board = new Board(scene, screen, [
    `export KUBECONFIG=${inShell(stage.kubeconfigPath)}    ${screen.paint('dim', '# then: kubectl get mcl -A')}`,
    keys,
  ]);
  let kills = 0;
  let rotations = 0;
  let isBusy = false;
  const oneAtATime = async (failure: string, scenePart: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      await scenePart();
    } catch (error) {
      if (!signal.aborted) timeline.add(failure, asError(error).message, { style: 'red' });
    } finally {
      isBusy = false;
    }
  };
  using _keys = readKeys(process.stdin, {
    k: () => void oneAtATime('not healed', () => killAndHeal(scene, `killed-${++kills}`)),
    r: () => void oneAtATime('not rotated', () => rotateUnderLoad(scene, `rotated-${++rotations}`)),
    q: () => stop.abort(new Stopped('q')),
  });
  if (!signal.aborted) await once(signal, 'abort');
  // Ended by a person, all is well; by the operator's death, it is not.
  if (!(signal.reason instanceof Stopped)) throw signal.reason;
};

const main = async (): Promise<number> => {
  const given = readArguments(process.argv.slice(2));
  if (given.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const screen = new Screen(process.stdout, process.env);
  const stop = new AbortController();
  // Never taken off again: a second Ctrl-C must not end the clean-up.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Stopped(name)));
  // Whoever read our output has gone, as with `| head`: there is nobody to play for.
  process.stdout.on('error', () => stop.abort(new Stopped('the end of its output')));
  using timeline = new Timeline(screen);
  stop.signal.addEventListener('abort', () => timeline.add('clean-up', 'ending all processes …'));

  const stack = new AsyncDisposableStack();
  let exitCode = 0;
  try {
    await play(given, screen, timeline, stack, stop);
  } catch (error) {
    // Whatever an abort made of itself on its way here.
    const reason = asError(stop.signal.aborted ? stop.signal.reason : error);
    exitCode = reason instanceof Stopped ? INTERRUPTED : 1;
    if (reason instanceof Stopped) timeline.add('stopped', `by ${reason.message}`);
    else timeline.add('failed', reason.message, { style: 'red' });
  }
  try {
    await stack.disposeAsync();
  } catch (error) {
    const { message } = asError(error instanceof SuppressedError ? error.error : error);
    timeline.add('not cleaned up', message, { style: 'red' });
    return 1;
  }
  timeline.add('done', 'everything is cleaned up');
  return exitCode;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
