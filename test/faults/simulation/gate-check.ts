import type { Fence } from './fences.ts';
import type { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import type { Scene } from './scene.ts';
import type { Stored } from './truth.ts';

/** A user's hand in the Secret this short before a fence may have come after the operator's last look at it. */
export const HAND_MS = 15_000;

/** I4, at the moment at which a retirement was decided for good. */
export const checkGate = (
  scene: Scene,
  ledger: Ledger,
  findings: Findings,
  key: string,
  object: Stored,
  { operation, by, secret: works, overlap, revoked }: Fence,
): void => {
  if (scene.now - (ledger.hands.get(key) ?? Number.NEGATIVE_INFINITY) < HAND_MS) return;
  const { status, spec } = object;
  const complain = (text: string): void =>
    findings.excusable(ledger.excuse(by), 'I4', `${by} retires a credential of ${key} ${text}`);
  // Without a Secret that works, what status says was published is what consumers use.
  const last = ledger.lastPublished.get(key);
  const since =
    (works ?? (last?.credentialId === operation.suffix ? last : undefined))?.publishedAt ??
    Date.parse(status?.lastRotationTime ?? '');
  if (!revoked && !(scene.wallClock(by) >= since + overlap)) complain('before the overlap has passed');
  if (!works) return;
  if (works.credentialId !== operation.suffix) complain('whose successor is not in the Secret');
  if (spec.suspend === true || spec.state === 'Inactive') complain('while it is suspended or inactive');
  if (!revoked && spec.rotation?.verification !== 'Never' && !ledger.proven.has(works.value))
    complain('whose successor is not proven');
};
