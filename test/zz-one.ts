const { generate } = await import('./faults/simulation/generate.ts');
const { simulate } = await import('./faults/simulation/simulate.ts');
const provider = process.argv[2] as never, from = Number(process.argv[3]), n = Number(process.argv[4]);
const t = performance.now(); let bad = 0; const limits = new Map<string, number>(), counts = new Map<string, number>();
for (let s = from; s < from + n; s++) {
  const t1 = performance.now();
  try {
    const r = await simulate(generate(s, provider));
    for (const [k, v] of r.limits) limits.set(k, (limits.get(k) ?? 0) + v);
    for (const [k, v] of r.counts) counts.set(k, (counts.get(k) ?? 0) + v);
    if (r.violations.length) { bad++; console.log(s, r.violations.slice(0, 3).map((v) => `${v.invariant}@${(v.at / 1000).toFixed(0)}: ${v.text}`).join(' | ')); }
  } catch (e) { bad++; console.log(s, 'CRASH', e); }
  if (performance.now() - t1 > 3000) console.log(s, 'slow', performance.now() - t1);
}
console.log(bad, 'bad', (n / ((performance.now() - t) / 1000)).toFixed(1), '/s', [...limits].sort().join(' '), [...counts].sort().join(' '));
