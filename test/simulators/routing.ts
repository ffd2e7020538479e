import type { Route } from './provider.ts';

export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Record<string, string> }
  | { readonly kind: 'method-not-allowed' }
  | { readonly kind: 'not-found' };

/** A function that finds the route of a request. `path` is raw: an id may hold an encoded slash. */
export const router = (routes: readonly Route[]): ((method: string, path: string) => Match) => {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  return (method, path) => {
    const actual = path.split('/');
    let isKnownPath = false;
    for (const { route, segments } of patterns) {
      const params = matchSegments(segments, actual);
      if (params === undefined) continue;
      if (route.method === method) return { kind: 'route', route, params };
      isKnownPath = true;
    }
    return { kind: isKnownPath ? 'method-not-allowed' : 'not-found' };
  };
};

const matchSegments = (
  pattern: readonly string[],
  actual: readonly string[],
): Record<string, string> | undefined => {
  if (pattern.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const segment = actual[index] ?? '';
    if (!wanted.startsWith(':')) {
      if (wanted !== segment) return undefined;
      continue;
    }
    const value = decode(segment);
    if (!value) return undefined;
    params[wanted.slice(1)] = value;
  }
  return params;
};

const decode = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};
