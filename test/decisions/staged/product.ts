import { type At, type Dimension, dimensions } from './facts.ts';

/** Every combination of the values of all facts. */
export function* everyCase(): Generator<At> {
  const names = Object.keys(dimensions) as Dimension[];
  const sizes = names.map((name) => dimensions[name].length);
  const total = sizes.reduce((all, size) => all * size, 1);
  for (let index = 0; index < total; index++) {
    let rest = index;
    const at: Partial<Record<Dimension, string>> = {};
    for (const [place, name] of names.entries()) {
      const size = sizes[place] ?? 1;
      at[name] = dimensions[name][rest % size] ?? '';
      rest = Math.floor(rest / size);
    }
    yield at as At;
  }
}
