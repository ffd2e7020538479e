import type { Body, Reply, Route } from '../../../simulators/provider.ts';
import { router } from '../../../simulators/routing.ts';
import type { WireRequest } from '../exchange.ts';

const bodyOf = ({ body, headers }: WireRequest): Body => {
  if (body === undefined || body === '') return { kind: 'none' };
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return { kind: 'form', value: new URLSearchParams(body) };
  return { kind: 'json', value: JSON.parse(body) as unknown };
};

/** The routes of a simulator, without its HTTP server. */
export const answering = (
  routes: readonly Route[],
  unknown: () => Reply,
): ((request: WireRequest) => Reply | Promise<Reply>) => {
  const match = router(routes);
  return (request) => {
    const [path = '', query] = request.path.split('?', 2);
    const found = match(request.method, path);
    if (found.kind !== 'route') return unknown();
    const { route, params } = found;
    const { headers } = request;
    return route.handle({
      operation: route.operation,
      params,
      query: new URLSearchParams(query),
      headers,
      body: bodyOf(request),
      address: '127.0.0.1',
      vouchedFor: false,
    });
  };
};

/** What a request's body says, whatever form it has. */
export const jsonOf = ({ body }: WireRequest): Readonly<Record<string, unknown>> =>
  JSON.parse(body ?? '{}') as Readonly<Record<string, unknown>>;

const readMethods: readonly string[] = ['GET', 'HEAD'];
export const isRead = ({ method }: WireRequest): boolean => readMethods.includes(method);

/** The path without its query, cut at the slashes and decoded. */
export const segmentsOf = ({ path }: WireRequest): readonly string[] =>
  (path.split('?', 1)[0] ?? '').split('/').slice(1).map(decodeURIComponent);
