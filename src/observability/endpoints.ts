import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { serve, type Served } from './http.ts';

/** Health and metrics, where the settings want them; closed with the stack. */
export const serveAll = async (
  config: Config,
  stack: AsyncDisposableStack,
  log: Logger,
  answers: {
    readonly live: () => boolean;
    readonly ready: () => boolean;
    readonly metrics: () => Promise<string>;
  },
): Promise<void> => {
  const plain = (good: boolean) =>
    Promise.resolve({ status: good ? 200 : 503, type: 'text/plain', body: good ? 'ok\n' : 'not ready\n' });
  const start = async (name: string, address: string, routes: Parameters<typeof serve>[1]): Promise<void> => {
    if (address === '0') return;
    const served: Served = stack.use(await serve(address, routes));
    log.info({ server: name, port: served.port }, 'listening');
  };
  await start('health', config['health-address'], {
    '/livez': () => plain(answers.live()),
    '/healthz': () => plain(answers.live()),
    '/readyz': () => plain(answers.ready()),
  });
  await start('metrics', config['metrics-address'], {
    '/metrics': async () => ({
      status: 200,
      type: 'text/plain; version=0.0.4',
      body: await answers.metrics(),
    }),
  });
};
