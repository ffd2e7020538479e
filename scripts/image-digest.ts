/**
 * The digest of a tag, as a registry tells it to anybody: the OCI distribution specification, "Pulling manifests", and
 * the token service of the registry of Docker (https://distribution.github.io/distribution/spec/auth/token/).
 */

/** The registry does not answer, or not as registries do. */
export class RegistryError extends Error {}

interface Asked {
  readonly fetch: typeof fetch;
  /** Where a registry is, with its scheme. */
  readonly originOf: (registry: string) => string;
}

const usual: Asked = { fetch, originOf: (registry) => `https://${registry}` };

/** An index, for an image of one architecture would not do on another one. */
const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const TIMEOUT_MS = 20_000;
const LONGEST_TOKEN = 16_384;

interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** `node:24` is `library/node` at the registry of Docker; the first part is a registry where it has a dot or a port. */
export const parseReference = (image: string): Reference => {
  const [, name = '', tag = 'latest'] = /^([^@]+?)(?::([\w.-]+))?$/.exec(image) ?? [];
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (/[.:]|^localhost$/.test(first)) return { registry: first, repository: name.slice(slash + 1), tag };
  return { registry: 'registry-1.docker.io', repository: slash < 0 ? `library/${name}` : name, tag };
};

/** Of `Bearer realm="https://…",service="…",scope="…"`. */
const challengeOf = (header: string | null): URL | undefined => {
  const said = new Map(
    [...(header ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  const realm = said.get('realm') ?? '';
  if (!/^bearer /i.test(header ?? '') || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  for (const name of ['service', 'scope']) {
    const value = said.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
};

const answer = async (asked: Asked, url: string | URL, init: RequestInit = {}): Promise<Response> => {
  try {
    return await asked.fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new RegistryError(`${new URL(url).host} does not answer (${cause?.code ?? String(error)})`, {
      cause: error,
    });
  }
};

const anonymousToken = async (asked: Asked, service: URL): Promise<string> => {
  const response = await answer(asked, service);
  const body = (await response.json().catch(() => undefined)) as
    | { token?: unknown; access_token?: unknown }
    | undefined;
  const token = body?.token ?? body?.access_token;
  if (!response.ok || typeof token !== 'string' || token === '' || token.length > LONGEST_TOKEN)
    throw new RegistryError(`${service.host} gives no token (${response.status})`);
  return token;
};

/** `sha256:…` of the index of this image. Throws a RegistryError. */
export const digestOf = async (image: string, asked: Asked = usual): Promise<string> => {
  const { registry, repository, tag } = parseReference(image);
  const url = `${asked.originOf(registry)}/v2/${repository}/manifests/${tag}`;
  const headers = { accept: INDEXES.join(', ') };
  let response = await answer(asked, url, { method: 'HEAD', headers });
  const service = response.status === 401 ? challengeOf(response.headers.get('www-authenticate')) : undefined;
  if (service) {
    const authorization = `Bearer ${await anonymousToken(asked, service)}`;
    response = await answer(asked, url, { method: 'HEAD', headers: { ...headers, authorization } });
  }
  if (!response.ok)
    throw new RegistryError(`${registry} answers ${response.status} for ${repository}:${tag}`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'nothing';
  if (!INDEXES.includes(type))
    throw new RegistryError(`${image} is ${type}, and no index of several architectures`);
  const digest = response.headers.get('docker-content-digest') ?? '';
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new RegistryError(`${registry} says no digest of ${image}`);
  return digest;
};
