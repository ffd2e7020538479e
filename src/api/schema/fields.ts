import * as z from 'zod';
import { durationPattern } from '../durations.ts';

/** One CEL rule of a CRD. A rule that mentions `oldSelf` is a transition rule and runs only on updates. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

/** Metadata that the CRD generator passes on verbatim. */
export const rules = (...list: readonly Rule[]) => ({ 'x-kubernetes-validations': list });
export const atomicRef = { 'x-kubernetes-map-type': 'atomic' } as const;
/**
 * Of a set or a map each entry has an owner of its own, and server-side apply takes away what its owner leaves out: with the
 * last entry the list itself, so that an empty one becomes an absent one (kubernetes-sigs/structured-merge-diff, issue 305).
 * Both are therefore only for lists of which empty and absent mean the same; the others are atomic.
 */
export const listSet = { 'x-kubernetes-list-type': 'set' } as const;
export const listMap = (key: string) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': [key],
});
export const listAtomic = { 'x-kubernetes-list-type': 'atomic' } as const;

export const immutable = (what: string): Rule => ({
  rule: 'self == oldSelf',
  message: `${what} is immutable`,
});

/** A string of bounded length. The API server counts code points; zod's own `max` would count an emoji twice. */
export const upTo = (maxLength: number) =>
  z
    .string()
    .refine((value) => Array.from(value).length <= maxLength)
    .meta({ maxLength });

/** An unbounded string would exhaust the cost budget of the CEL rules around it, so each one has a bound. */
export const text = (description: string, maxLength: number, minLength = 1) =>
  upTo(maxLength).min(minLength).describe(description);

export const noneTwice: Rule = {
  rule: 'self.all(one, self.exists_one(other, other == one))',
  message: 'no entry may stand in it twice',
};
export const noKeyTwice: Rule = {
  rule: 'self.all(one, self.exists_one(other, other.key == one.key))',
  message: 'no key may stand in it twice',
};

/**
 * What a set refuses, for a list that is atomic. The rule compares each with each, so it is for lists of at most 64 entries:
 * of more, the API server would refuse those with long entries for what the rule costs.
 */
export const distinct = (list: z.ZodArray<z.ZodString>) =>
  list
    .refine((entries) => new Set(entries).size === entries.length, { error: noneTwice.message })
    .meta({ ...listAtomic, ...rules(noneTwice) });

/** As `distinct`, of a list whose entries have keys. */
export const distinctByKey = <Entry extends z.ZodType<{ readonly key: string }>>(list: z.ZodArray<Entry>) =>
  list
    .refine((entries) => new Set(entries.map(({ key }) => key)).size === entries.length, {
      error: noKeyTwice.message,
    })
    .meta({ ...listAtomic, ...rules(noKeyTwice) });

/** A duration in the form of GEP-2257, for example `1h30m`. */
export const duration = (description: string, ...extra: readonly Rule[]) => {
  const schema = upTo(24).regex(durationPattern).describe(description);
  return extra.length > 0 ? schema.meta(rules(...extra)) : schema;
};

/** What is no duration is the pattern's to refuse: an error in a rule holds for objects that were stored before it too. */
export const atLeast = (minimum: string): Rule => ({
  rule: `!self.matches('${durationPattern.source}') || duration(self) >= duration('${minimum}')`,
  message: `must be at least ${minimum}`,
});

/** As `atLeast`. */
export const atMost = (maximum: string): Rule => ({
  rule: `!self.matches('${durationPattern.source}') || duration(self) <= duration('${maximum}')`,
  message: `must be at most ${maximum}`,
});

/** The pattern refuses days as well, but not in words. A day is no unit of GEP-2257, for not each one has 24 hours. */
export const noDays: Rule = {
  rule: "!self.matches('[0-9]d')",
  message: 'there is no unit for days: write 24h for each, such as 720h for 30d',
};

/**
 * Of an id that becomes a segment of a path at the provider. What it may decode to only the operator can see
 * (`isPathSegment`), and so no text is refused by the operator that is not named here but for such a one.
 */
export const pathSegmentRule: Rule = {
  rule: "!self.matches('(^|[/\\\\\\\\])[.]{0,2}(;[^/\\\\\\\\]*)?([/\\\\\\\\]|$)')",
  message: 'must not be, and must not have between slashes, nothing, a dot or two dots',
};
export const notASegment = { error: pathSegmentRule.message };

/** An absolute http(s) URL without user information, query or fragment; a path prefix is kept. */
export const httpUrl = (description: string, ...extra: readonly Rule[]) =>
  text(description, 512).meta(
    rules(
      {
        rule: "isURL(self) && url(self).getScheme() in ['http', 'https'] && url(self).getHostname() != '' && !self.contains('@') && !self.contains('?') && !self.contains('#')",
        message: 'must be an absolute http or https URL without user info, query or fragment',
      },
      ...extra,
    ),
  );

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** A key in the data of a Secret or ConfigMap: no path can be made of it, so two dots cannot be its beginning. */
export const secretKeyPattern = /^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$/;
export const labelValuePattern = /^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$/;

/** The name of an object, a DNS subdomain (RFC 1123). */
export const objectName = (description: string) => text(description, 253).regex(dnsName);

export const keyRef = (description: string) =>
  z
    .strictObject({
      name: objectName(
        'The name of the object. It is in the namespace of the object that refers to it, or in that of the operator where that one has none.',
      ),
      key: text('The key in its data.', 253).regex(secretKeyPattern),
    })
    .describe(description)
    .meta(atomicRef);

/** Patterns with `*` for any run of characters, for example `read:*`. */
export const patterns = (description: string) =>
  distinct(z.array(text('A value, or a pattern with `*` for any run of characters.', 256)).max(64)).describe(
    description,
  );

/** `metav1.LabelSelector`. */
export const labelSelector = (description: string) =>
  z
    .strictObject({
      matchLabels: z
        .record(z.string(), upTo(63))
        .meta({ maxProperties: 32 })
        .optional()
        .describe('Labels that an object must have, with these values.'),
      matchExpressions: z
        .array(
          z.strictObject({
            key: text('The key of the label.', 317),
            operator: z
              .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
              .describe('How the value of the label relates to the values given here.'),
            values: z
              .array(upTo(63))
              .max(64)
              .optional()
              .describe('The values for In and NotIn.')
              .meta(listAtomic),
          }),
        )
        .max(32)
        .optional()
        .describe('Requirements on labels, all of which must hold.')
        .meta(listAtomic),
    })
    .describe(description)
    .meta(atomicRef);

/** `metav1.Condition`. */
export const conditions = (types: readonly string[]) =>
  z
    .array(
      z.strictObject({
        type: text('The type of the condition.', 316),
        status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
        observedGeneration: z
          .int()
          .min(0)
          .optional()
          .describe('The generation of the spec that the condition is about.'),
        lastTransitionTime: z.iso.datetime().describe('When the status of the condition last changed.'),
        reason: text('Why, in one word. All words are listed in docs/reasons.md.', 1024).regex(
          /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/,
        ),
        message: upTo(32768).describe('What happened, where, and what to do.'),
      }),
    )
    .max(32)
    .describe(`What is known of the object: ${types.join(', ')}.`)
    .meta(listMap('type'));

export const time = (description: string) => z.iso.datetime().describe(description);
