import { ownValue } from '../runtime/own.ts';
import type { Provider } from './objects.ts';

type AllowedNamespaces = NonNullable<NonNullable<Provider['spec']>['allowedNamespaces']>;
export type LabelSelector = NonNullable<AllowedNamespaces['selector']>;

/** metav1.LabelSelector; an empty selector matches everything. */
export const matchesSelector = (selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => ownValue(labels, key) === value) &&
  (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = ownValue(labels, key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
