import { pino } from 'pino';
import { makeCaches } from '../../src/controllers/caches.ts';
import { testTransport } from '../../src/kube/testing/test-transport.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { Secret } from '../../src/runtime/secret.ts';
import { peakMiB } from '../helpers/in-the-chart.ts';

/** `node fill-caches.ts URL`: an operator's caches over the server at URL, until they are filled. Prints what it took. */
await using made = testTransport(new URL(process.argv[2] ?? ''));
const { reflectors, machineClients } = makeCaches({
  transport: made.transport,
  clock: systemClock,
  random: Math.random,
  log: pino({ level: 'silent' }),
  integrity: { id: 'k', key: new Secret('a2V5') },
  watchNamespaces: ['ns'],
});
const stop = new AbortController();
const running = reflectors.map(({ reflector }) => reflector.run(stop.signal));
await Promise.all(reflectors.map(({ reflector }) => reflector.whenSynced(stop.signal)));
const invalid = [...machineClients.values()].filter((object) => object.invalid !== undefined).length;
console.log(JSON.stringify({ objects: machineClients.size, invalid, peakMiB: await peakMiB('self') }));
stop.abort(new Error('over'));
await Promise.all(running);
