import type { Clock } from '../runtime/clock.ts';
import type { Secret } from '../runtime/secret.ts';

/** As for `tls.connect`. Compared by reference: the same object as long as nothing in it has changed. */
export interface Tls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

export interface Credentials {
  /** The whole value of the Authorization header. */
  readonly authorization?: Secret | undefined;
  readonly impersonate?: Readonly<Record<string, string | string[]>> | undefined;
  readonly tls: Tls;
}

/** Where the API server is, and how to prove who we are. */
export interface Endpoint {
  /** A path prefix is kept (clusters behind a gateway). */
  readonly server: URL;
  readonly proxyUrl?: URL | undefined;
  /** Of the service account or of the kubeconfig's context. */
  readonly namespace?: string | undefined;
  credentials(): Promise<Credentials>;
  /** They were refused (401): read them again at the next call. */
  forget(): void;
}

const READ_EVERY_MS = 60_000;

const sameBytes = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.equals(b));

const sameTls = (a: Tls, b: Tls): boolean =>
  sameBytes(a.ca, b.ca) &&
  sameBytes(a.cert, b.cert) &&
  sameBytes(a.key, b.key) &&
  a.servername === b.servername &&
  a.rejectUnauthorized === b.rejectUnauthorized;

/**
 * Reads credentials at most once a minute, once for all who wait. Projected tokens are renewed on disk long before
 * they expire, so a minute is soon enough; and a file that is missing while it is being replaced is no reason to stop
 * working with what was read before.
 */
export const cachedCredentials = (
  read: () => Promise<Credentials>,
  clock: Clock,
): Pick<Endpoint, 'credentials' | 'forget'> => {
  let last: Credentials | undefined;
  let reading: Promise<Credentials> | undefined;
  let readAgainAt = 0;

  const refresh = async (): Promise<Credentials> => {
    try {
      const fresh = await read();
      last = last !== undefined && sameTls(last.tls, fresh.tls) ? { ...fresh, tls: last.tls } : fresh;
    } catch (error) {
      if (last === undefined) throw error;
    } finally {
      reading = undefined;
    }
    readAgainAt = clock.monotonic() + READ_EVERY_MS;
    return last;
  };

  return {
    credentials() {
      if (last !== undefined && clock.monotonic() < readAgainAt) return Promise.resolve(last);
      reading ??= refresh();
      return reading;
    },
    forget() {
      readAgainAt = 0;
    },
  };
};
