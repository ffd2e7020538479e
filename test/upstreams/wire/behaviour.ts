/**
 * One request, and what the answer must be. `$name` in any text stands for a word of the place (the mount, the realm) or
 * for what an earlier step has kept.
 */
export interface Request {
  /** `GET /v1/auth/$mount/role/app` */
  readonly ask: string;
  /** Whose credentials it is sent with. Default: those of an operator with least privilege. */
  readonly as?: string;
  /** A JSON body. */
  readonly send?: unknown;
  /** A form body. */
  readonly form?: Readonly<Record<string, string>>;
  /** A body that is neither, sent as JSON. */
  readonly text?: string;
  /** Its status. */
  readonly answer: number;
  /** What its JSON must hold, at least; lists as a whole. */
  readonly holds?: unknown;
  /** What its JSON must be, or its text where that is none. */
  readonly is?: unknown;
  /** What the access token in its JSON must hold, claim by claim; undefined: it must not have it. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Names that its JSON, or that part of it, must not have. */
  readonly lacks?: { readonly in?: Path; readonly names: readonly string[] };
  /** Headers that it must have. */
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Kept for later steps: where it stands in the JSON; `headers` before it, among the headers. */
  readonly keep?: Readonly<Record<string, Path>>;
}

export type Path = readonly (string | number)[];

/** What is done to the server, other than by the API that the operator uses. */
interface Deed<Act extends string> {
  readonly act: Act;
}

/**
 * A fact that the operator relies on. The steps are taken in order, in a place where nothing has happened, or where
 * nothing bears a name that begins with `$own`.
 */
export interface Behaviour<Act extends string = never> {
  readonly name: string;
  /** Those that name the same place may share it, where one takes time to make. */
  readonly place?: string;
  readonly steps: readonly (Request | Deed<Act>)[];
}
