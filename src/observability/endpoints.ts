import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { Health, report, type HealthSources } from './health.ts';
import { serve, type Served } from './http.ts';

/** Health and metrics, where the settings want them; closed with the stack. */
export const serveAll = async (
  config: Config,
  stack: AsyncDisposableStack,
  log: Logger,
  answers: { readonly vitals: HealthSources; readonly metrics: () => Promise<string> },
): Promise<void> => {
  const start = async (name: string, address: string, routes: Parameters<typeof serve>[1]): Promise<void> => {
    const served: Served = stack.use(await serve(address, routes));
    log.info({ server: name, port: served.port }, 'listening');
  };
  if (config['health-address'] !== '0') {
    const health = stack.use(new Health(answers.vitals));
    const live = async () => ({ type: 'text/plain', ...report(health.live()) });
    const ready = async () => ({ type: 'text/plain', ...report(health.ready()) });
    await start('health', config['health-address'], { '/livez': live, '/healthz': live, '/readyz': ready });
  }
  if (config['metrics-address'] !== '0')
    await start('metrics', config['metrics-address'], {
      '/metrics': async () => ({
        status: 200,
        type: 'text/plain; version=0.0.4',
        body: await answers.metrics(),
      }),
    });
};
