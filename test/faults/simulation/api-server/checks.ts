import { badRequest, conflict } from './failure.ts';
import { type JsonObject, textOf } from './json.ts';
import type { Kind } from './kind.ts';
import { metaOf } from './object-meta.ts';
import type { Stored } from './stored.ts';
import type { Target } from './target.ts';

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

/** What is sent is of the kind that its path says. */
export const checkKind = (kind: Kind, { apiVersion, kind: said }: JsonObject): void => {
  if (apiVersion !== kind.apiVersion)
    throw badRequest(
      `the API version in the data (${textOf(apiVersion)}) does not match the expected API version (${kind.apiVersion})`,
    );
  if (said !== kind.kind) throw badRequest(`${textOf(said)} cannot be handled as a ${kind.kind}`);
};

/** Name and namespace may be left out, and must otherwise be those of the path. */
export const checkPlace = ({ namespace, name }: Target, sent: JsonObject): void => {
  const said = metaOf(sent);
  if (name !== undefined && said['name'] !== name)
    throw badRequest(
      `the name of the object (${textOf(said['name'])}) does not match the name on the URL (${name})`,
    );
  if (said['namespace'] && said['namespace'] !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
};

export const checkVersion = (kind: Kind, name: string, said: unknown, { version }: Stored): void => {
  if (said !== version) throw conflict(kind, name, MODIFIED);
};

/** Of a PUT: what it replaces is the very object that it speaks of. `actual` is empty when there is none. */
export const checkUid = (kind: Kind, name: string, said: unknown, actual: string): void => {
  if (said && said !== actual)
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${textOf(said)}, UID in object meta: ${actual}`,
    );
};

/** Of a deletion. */
export const checkPreconditions = (
  kind: Kind,
  name: string,
  { uid, resourceVersion }: JsonObject,
  old: Stored,
): void => {
  const actual = old.object.metadata.uid;
  if (typeof uid === 'string' && uid !== actual)
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`,
      kind.kind,
    );
  if (typeof resourceVersion === 'string' && resourceVersion !== old.version)
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${old.version}). The object might have been modified`,
      kind.kind,
    );
};
