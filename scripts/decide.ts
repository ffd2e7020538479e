import { readFile } from 'node:fs/promises';
import { decide } from '../src/machine-client/decide.ts';
import { parseFacts } from '../src/machine-client/facts-json.ts';
import { trailOf } from '../src/machine-client/plan.ts';

/**
 * `npm run decide -- FILE`: what the operator decides on these facts, by which rows, and why. FILE has lines of a log
 * of `--log-level debug` (those with `facts` are read, all others are passed over), or the facts of one object alone.
 */
interface Line {
  readonly time?: string;
  readonly ns?: string;
  readonly name?: string;
  readonly facts?: object;
}

const lineOf = (text: string): Line | undefined => {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
};

const linesOf = (text: string): readonly Line[] => {
  const whole = lineOf(text);
  if (whole) return [whole.facts ? whole : { facts: whole }];
  return text.split('\n').flatMap((line) => {
    const one = lineOf(line);
    return one?.facts ? [one] : [];
  });
};

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run decide -- FILE   (lines of the log of --log-level debug, or facts as JSON)');
  process.exitCode = 2;
} else {
  const lines = linesOf(await readFile(file, 'utf8'));
  if (lines.length === 0) {
    console.error(`${file}: no line has facts; the operator writes them with --log-level debug`);
    process.exitCode = 1;
  }
  for (const { time, facts } of lines) {
    const known = parseFacts(JSON.stringify(facts));
    const plan = decide(known);
    const { namespace, name, resourceVersion } = known.object;
    const { kind, ...rest } = plan;
    console.log([time, `${namespace}/${name}`, `version ${resourceVersion}`].filter(Boolean).join('  '));
    console.log(`  plan   ${kind}${'reason' in rest ? ` (${rest.reason})` : ''}`);
    if ('message' in rest) console.log(`  why    ${rest.message}`);
    console.log(`  rows   ${trailOf(plan).join(' > ')}`);
  }
}
