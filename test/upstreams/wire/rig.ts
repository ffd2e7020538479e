import type { RawAnswer } from '../../simulators/raw-client.ts';

/** A request with every word filled in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: string;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
}

/** A part of a server that nobody else uses. */
export interface Place<Act extends string> {
  /** What `$name` stands for from the start, for a behaviour whose names begin with `own`. */
  words(own: string): Readonly<Record<string, string>>;
  send(asked: Asked): Promise<RawAnswer>;
  act(deed: Act): Promise<void>;
}

/** A server that behaviours are looked at on: a real one, or our simulator of it. */
export interface Rig<Act extends string> extends AsyncDisposable {
  place(name: string | undefined): Promise<Place<Act>>;
}
