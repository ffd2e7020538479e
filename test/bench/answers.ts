import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { providersUnderTest } from '../hostile/accounts.ts';
import { hostileAnswers, hostilePages } from '../hostile/answers.ts';
import { pageAnswer, serveSockets, type SocketServer } from '../hostile/socket-server.ts';
import type { AnswerTask, Stall } from './answers-process.ts';

/** What one answer of a hostile server costs everybody else, at its worst. */
export interface HostileAnswers {
  readonly type: string;
  readonly answers: readonly (Stall & { readonly name: string })[];
}

const ask = async (task: AnswerTask, nodeFlags: readonly string[]): Promise<readonly Stall[]> => {
  const child = fork(join(import.meta.dirname, 'answers-process.ts'), { execArgv: [...nodeFlags] });
  child.send(task);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the asking process ended with ${String(code)}`);
  });
  const [stalls] = (await Promise.race([once(child, 'message'), ended])) as [readonly Stall[]];
  ended.catch(() => {}); // It ends after its answer.
  return stalls;
};

/** Every answer and page of test/hostile that is not about time, with the flags that the operator runs with. */
export const measureHostileAnswers = async (
  nodeFlags: readonly string[],
  say: (line: string) => void,
): Promise<HostileAnswers[]> => {
  const measured: HostileAnswers[] = [];
  for (const provider of providersUnderTest) {
    const { list, type } = provider;
    if (!list) continue;
    say(`hostile answers: ${type}`);
    await using servers = new AsyncDisposableStack();
    const serve = async (answer: Parameters<typeof serveSockets>[0]): Promise<SocketServer> =>
      servers.use(await serveSockets(answer));
    const named = [
      ...hostilePages.map(({ name, page }) => {
        const text = pageAnswer(page(list));
        return { name, server: serve((socket) => socket.write(text)) };
      }),
      ...hostileAnswers
        .filter(({ ends }) => ends !== 'ended by the timeout')
        .map(({ name, answer }) => ({ name, server: serve(answer) })),
    ];
    const urls = (await Promise.all(named.map(({ server }) => server))).map(({ url }) => url);
    const stalls = await ask({ type, urls }, nodeFlags);
    const answers = named.flatMap(({ name }, index) => {
      const stall = stalls[index];
      return stall ? [{ name, ...stall }] : [];
    });
    measured.push({ type, answers });
  }
  return measured;
};
