import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { collect } from './collect.ts';

const ALIVE_MS = 60_000;

/** What hangs is ended, so that what comes after it is still run: three times what the longest stage takes. */
const LONGEST_MS = 60 * 60_000;

/** How much of what a failed stage printed is shown once more at the end of all. */
const LAST_LINES = 60;

/** One command of a run. */
export interface Stage {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Takes only what the other lanes leave of the processor: for what computes, beside what keeps to a clock. */
  readonly yields?: boolean;
}

/** A niceness: a tenth of the share of a process that does not yield. */
const YIELDING = 10;

interface Ended {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly output: string;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const secondsSince = (begun: number): number => Math.round((performance.now() - begun) / 1000);

/** Lanes that run beside each other; the stages of a lane run one after the other. */
export type Round = readonly (readonly Stage[])[];

const runLanes = async (lanes: Round): Promise<Ended[]> => {
  const begun = performance.now();
  const running = new Map<string, ChildProcess>();
  const end = (child: ChildProcess, signal: NodeJS.Signals): void => {
    if (child.pid) process.kill(-child.pid, signal);
  };
  const stop = (signal: NodeJS.Signals): void => {
    for (const child of running.values()) end(child, signal);
    process.exitCode = 130;
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, stop);
  const alive = setInterval(
    () => say(`… ${secondsSince(begun)} s: ${[...running.keys()].join(', ')}`),
    ALIVE_MS,
  );
  const run = async ({ name, command, yields }: Stage): Promise<Ended> => {
    const [program, ...args] = command;
    const from = performance.now();
    // A group of its own: an interrupt reaches all of it, and once.
    const { child, ended } = collect(program, args, { detached: true });
    running.set(name, child);
    // Before it has had time to start others: they inherit it.
    if (yields && child.pid) setPriority(child.pid, YIELDING);
    const late = setTimeout(() => {
      say(`${name} is ended: it has run for ${LONGEST_MS / 60_000} minutes`);
      end(child, 'SIGKILL');
    }, LONGEST_MS);
    const { ok, output } = await ended.finally(() => {
      running.delete(name);
      clearTimeout(late);
    });
    const seconds = secondsSince(from);
    say(`\n--- ${name}: ${ok ? 'ok' : 'failed'} after ${seconds} s\n${output.trimEnd()}`);
    return { name, ok, seconds, output };
  };
  const runLane = async (stages: readonly Stage[]): Promise<Ended[]> => {
    const all: Ended[] = [];
    for (const stage of stages) if (process.exitCode === undefined) all.push(await run(stage));
    return all;
  };
  try {
    return (await Promise.all(lanes.map(runLane))).flat();
  } finally {
    clearInterval(alive);
    for (const signal of signals) process.off(signal, stop);
  }
};

/**
 * Runs rounds one after the other, the lanes of a round beside each other, and the stages of a lane one after the other,
 * whatever became of those before them. What a stage prints is shown in one piece when it has ended, so that lines of
 * two stages do not mix. The end of it all says how each ended, and shows the ends of those that failed once more: of a
 * long run, that is what is read first, and at times all that is kept.
 *
 *   one lane     integration                              waits, most of the time
 *   another      types ─► lint ─► unit ─► corpus          needs the processor, and yields
 *
 * Sets the exit code: 1 where one failed, 130 after an interrupt.
 */
export const runRounds = async (...rounds: readonly Round[]): Promise<void> => {
  const begun = performance.now();
  const all: Ended[] = [];
  for (const lanes of rounds) if (process.exitCode === undefined) all.push(...(await runLanes(lanes)));
  const failed = all.filter(({ ok }) => !ok);
  for (const { name, output } of failed)
    say(
      `\n--- ${name} failed; its last lines again:\n${output.trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`,
    );
  say('');
  for (const { name, ok, seconds } of all)
    say(`${ok ? 'ok    ' : 'failed'} ${name.padEnd(12)} ${String(seconds).padStart(5)} s`);
  say(`${' '.repeat(7)}${'in all'.padEnd(12)} ${String(secondsSince(begun)).padStart(5)} s`);
  if (failed.length > 0) process.exitCode ??= 1;
};
