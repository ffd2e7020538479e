import { until } from '../helpers/until.ts';

interface Answer {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/**
 * Asks the inspector of a Node process for a full collection, and then for the size of what is left: a heap whose
 * garbage has not been collected says nothing about what is kept.
 */
export const liveHeapBytes = async (port: number): Promise<number> => {
  const url = await until('the inspector', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const [target] = (await answer.json()) as { readonly webSocketDebuggerUrl: string }[];
    return target?.webSocketDebuggerUrl;
  });
  const socket = new WebSocket(url);
  const failed = new Promise<never>((_, reject) => {
    for (const event of ['error', 'close'])
      socket.addEventListener(event, () => reject(new Error('the inspector has gone')), { once: true });
  });
  failed.catch(() => {}); // It is closed in the end.
  const opened = Promise.withResolvers<void>();
  socket.addEventListener('open', () => opened.resolve(), { once: true });
  let last = 0;
  const ask = async (method: string): Promise<Answer['result']> => {
    const id = ++last;
    const answered = Promise.withResolvers<Answer['result']>();
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id === id) answered.resolve(answer.result);
    });
    socket.send(JSON.stringify({ id, method }));
    return await Promise.race([answered.promise, failed]);
  };
  try {
    await Promise.race([opened.promise, failed]);
    // Twice: what the first one finds finalizers for goes in the second.
    await ask('HeapProfiler.collectGarbage');
    await ask('HeapProfiler.collectGarbage');
    const usage = await ask('Runtime.getHeapUsage');
    if (usage?.usedSize === undefined) throw new Error('the inspector does not tell of the heap');
    return usage.usedSize;
  } finally {
    socket.close();
  }
};
