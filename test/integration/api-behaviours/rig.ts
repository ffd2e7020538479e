/** An answer, with its body parsed and without `managedFields`, which no one here reads. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `any`, since a test reads what it has just asked for. A text where it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what the API server sends back has the type that the test expects
  readonly body: any;
}

/** One line of a watch. */
export interface Line {
  readonly type: string;
  /** `any`, for the same reason. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what the API server sends back has the type that the test expects
  readonly object: any;
}

export interface OpenWatch {
  readonly status: number;
  /** The next that comes; undefined: the server has ended the watch. */
  next(): Promise<Line | undefined>;
  close(): void;
}

/** An API server that behaviours are looked at on: a real one, or the one of the simulation. */
export interface Rig extends AsyncDisposable {
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** A watch that is refused has its answer as the only line, of type `REFUSED`. */
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<OpenWatch>;
  /** A quota of that many Secrets, in force, for a namespace that has as many. */
  limitSecrets(namespace: string, most: number): Promise<void>;
  /** Lets the controllers of the cluster go on; behind a condition it is asked until that holds. */
  pause(): Promise<void>;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The same object or list, without `managedFields`. */
export const plain = (body: unknown): unknown => {
  if (!isRecord(body)) return body;
  const { metadata, items } = body;
  if (isRecord(metadata)) delete metadata['managedFields'];
  if (Array.isArray(items)) items.forEach(plain);
  return body;
};
