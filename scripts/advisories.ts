import { execFile } from 'node:child_process';
import { join } from 'node:path';

/**
 * Asks the registry for advisories about what ships. Ends with 1 when one of them is high or critical. A registry that
 * does not answer such questions is said and is no failure: it says nothing about what ships.
 */

const root = join(import.meta.dirname, '..');

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

const audit = (): Promise<string> =>
  new Promise((resolve) => {
    const args = [
      'audit',
      '--omit=dev',
      '--json',
      '--audit=true',
      '--fetch-timeout=20000',
      '--fetch-retries=0',
    ];
    // It ends with 1 for an advisory and for a registry that does not answer: what it prints tells the two apart.
    execFile('npm', args, { cwd: root, timeout: 60_000 }, (_error, stdout) => resolve(stdout));
  });

const parse = (text: string): Report | undefined => {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined;
  }
};

const report = parse(await audit());
const counts = report?.metadata?.vulnerabilities;
if (!report || !counts) {
  console.log('advisories: not checked, for the npm registry in use does not answer the question');
} else {
  const bad = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) =>
    ['high', 'critical'].includes(severity),
  );
  for (const [name, { severity, range }] of bad) console.error(`advisories: ${name} ${range}: ${severity}`);
  console.log(`advisories: ${counts['total'] ?? 0} about what ships, ${bad.length} of them high or critical`);
  if (bad.length > 0) process.exitCode = 1;
}
