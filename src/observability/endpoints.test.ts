import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { serve } from './http.ts';

const routes = {
  '/livez': () => Promise.resolve({ status: 200, type: 'text/plain', body: 'ok\n' }),
};
const loopback = (networkInterfaces()['lo'] ?? networkInterfaces()['lo0'] ?? []).filter(
  ({ address }) => address === '127.0.0.1' || address === '::1',
);

test('by default health and metrics are served on every address, of IPv4 and of IPv6', async () => {
  const { 'health-address': health, 'metrics-address': metrics } = readConfig([], {});
  expect(loopback).not.toEqual([]);
  for (const address of [health, metrics]) {
    // The port of the default may be somebody's here; what it is bound to is all that is asked.
    await using served = await serve(address.replace(/[0-9]+$/, '0'), routes);
    for (const { address: host, family } of loopback) {
      const url = `http://${family === 'IPv6' ? `[${host}]` : host}:${served.port}/livez`;
      expect(await (await fetch(url)).text()).toBe('ok\n');
    }
  }
});
