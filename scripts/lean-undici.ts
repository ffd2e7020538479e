import type { Plugin } from 'esbuild';

/**
 * undici's entry loads everything that it can do: fetch, WebSocket, mocks, caches, SQLite, HTTP/2. That is 1.2 MB which
 * every operator would parse and keep in memory. The operator needs agents and plain requests over HTTP/1.1.
 *
 * client-node imports `fetch` too, in modules of which nothing is used; it would be that of Node.
 */
const entry = `
import api from './lib/api/index.js';
import Dispatcher from './lib/dispatcher/dispatcher.js';
Object.assign(Dispatcher.prototype, api);
export { Dispatcher };
export { default as Agent } from './lib/dispatcher/agent.js';
export { default as ProxyAgent } from './lib/dispatcher/proxy-agent.js';
export const fetch = (...args) => globalThis.fetch(...args);
`;

/** Required by what is left, for bodies that are no texts and for `allowH2`, which is off everywhere. */
const leftOut = /^(\.\.\/web\/.+|\.\/client-h2\.js)$/;
const inUndici = /[\\/]node_modules[\\/]undici[\\/]/;
const throwing = 'module.exports = () => { throw new Error("not a part of this bundle"); };';

export const leanUndici: Plugin = {
  name: 'lean undici',
  setup: (bundler) => {
    bundler.onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]index\.js$/ }, () => ({
      contents: entry,
      loader: 'js',
    }));
    bundler.onResolve({ filter: leftOut }, ({ path, importer }) =>
      inUndici.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    bundler.onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: throwing, loader: 'js' }));
  },
};
