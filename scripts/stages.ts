import type { ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { collect } from './collect.ts';

const ALIVE_MS = 60_000;

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
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const secondsSince = (begun: number): number => Math.round((performance.now() - begun) / 1000);

/**
 * Runs lanes beside each other; the stages of a lane run one after the other, whatever became of those before them. What
 * a stage prints is shown in one piece when it has ended, so that lines of two stages do not mix.
 *
 *   one lane     integration                              waits, most of the time
 *   another      types ─► lint ─► unit ─► corpus          needs the processor, and yields
 *
 * @returns whether all of them ended well
 */
export const runLanes = async (lanes: readonly (readonly Stage[])[]): Promise<boolean> => {
  const begun = performance.now();
  const running = new Map<string, ChildProcess>();
  const stop = (signal: NodeJS.Signals): void => {
    for (const child of running.values()) if (child.pid) process.kill(-child.pid, signal);
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
    const { ok, output } = await ended.finally(() => running.delete(name));
    const seconds = secondsSince(from);
    say(`\n--- ${name}: ${ok ? 'ok' : 'failed'} after ${seconds} s\n${output.trimEnd()}`);
    return { name, ok, seconds };
  };
  const runLane = async (stages: readonly Stage[]): Promise<Ended[]> => {
    const all: Ended[] = [];
    for (const stage of stages) if (process.exitCode === undefined) all.push(await run(stage));
    return all;
  };
  try {
    const all = (await Promise.all(lanes.map(runLane))).flat();
    say('');
    for (const { name, ok, seconds } of all)
      say(`${ok ? 'ok    ' : 'failed'} ${name.padEnd(12)} ${String(seconds).padStart(5)} s`);
    say(`${' '.repeat(7)}${'in all'.padEnd(12)} ${String(secondsSince(begun)).padStart(5)} s`);
    return process.exitCode === undefined && all.every(({ ok }) => ok);
  } finally {
    clearInterval(alive);
    for (const signal of signals) process.off(signal, stop);
  }
};
