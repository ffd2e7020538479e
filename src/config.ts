import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { durationPattern, parseDuration } from './api/durations.ts';
import { defaultNamespace } from './api/group.ts';
import { OperatorError } from './runtime/errors.ts';
import { nearest } from './runtime/nearest.ts';

/** One setting: from a flag, an environment variable, or the file of `--config`, in this order of precedence. */
interface Setting<T> {
  readonly description: string;
  readonly fallback: T;
  /** The fallback as a person writes it, where that is not its value as a text. */
  readonly shown?: string;
  /** Undefined where the text is not of that form. */
  readonly read: (text: string) => T | undefined;
  readonly form: string;
}

const text = (description: string): Setting<string | undefined> => ({
  description,
  fallback: undefined,
  read: (value) => (value === '' ? undefined : value),
  form: 'a text',
});
const flag = (description: string, fallback: boolean): Setting<boolean> => ({
  description,
  fallback,
  read: (value) => (value === 'true' || value === '' ? true : value === 'false' ? false : undefined),
  form: 'true or false',
});
const list = (description: string): Setting<readonly string[]> => ({
  description,
  fallback: [],
  read: (value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  form: 'a comma-separated list',
});
const number = (description: string, fallback: number, least: number, most: number): Setting<number> => ({
  description,
  fallback,
  read: (value) => {
    const parsed = Number(value);
    return value !== '' && Number.isFinite(parsed) && parsed >= least && parsed <= most ? parsed : undefined;
  },
  form: `a number from ${least} to ${most}`,
});
const duration = (description: string, fallback: string): Setting<number> => ({
  description,
  fallback: parseDuration(fallback),
  shown: fallback,
  read: (value) => (durationPattern.test(value) ? parseDuration(value) : undefined),
  form: 'a duration such as 20s',
});
const address = (description: string, fallback: string): Setting<string> => ({
  description,
  fallback,
  read: (value) =>
    value === '0' || /^(\[[0-9a-fA-F:]+\]|[^:[\]]*):[0-9]{1,5}$/.test(value) ? value : undefined,
  form: 'HOST:PORT, :PORT for every address, or 0 for none',
});
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof levels)[number];
const level = (description: string, fallback: LogLevel): Setting<LogLevel> => ({
  description,
  fallback,
  read: (value) => levels.find((candidate) => candidate === value),
  form: levels.join(', '),
});

/** Every setting there is. `--leader-elect`, `MCO_LEADER_ELECT` and `leader-elect:` in the file are one. */
export const settings = {
  kubeconfig: text('The kubeconfig; by default the pod’s service account, else what kubectl would take.'),
  namespace: {
    ...text("The operator's own namespace: lease, installation Secret, what cluster providers refer to."),
    fallback: defaultNamespace,
  } as Setting<string>,
  'watch-namespaces': list('Namespaces to watch; by default all.'),
  'installation-id': text(
    'Names this installation in every mark; by default the uid of the kube-system namespace.',
  ),
  'leader-elect': flag('Work only while holding the lease.', true),
  concurrency: number('Objects worked on at one time.', 16, 1, 256),
  'settle-time': duration('How long a call without an answer may still have effects.', '20s'),
  'time-scale': number('For tests only: divides every wait.', 1, 1, 10_000),
  'allowed-provider-hosts': list(
    'Hosts that providers and their proxies may have, such as api.stytch.com or *.scalekit.com; by default all.',
  ),
  'allow-insecure-provider-urls': flag(
    'Providers may have http URLs, and any address, such as loopback.',
    false,
  ),
  'token-audiences': list(
    "Audiences for which ClusterIdentityProviders may have a token of the operator's own ServiceAccount sent, such as vault; by default none.",
  ),
  'health-address': address('Where /livez and /readyz are served.', ':8081'),
  'metrics-address': address('Where /metrics is served.', ':8080'),
  'metrics-per-object': flag('Metrics have series for each MachineClient.', true),
  'log-level': level('What is logged.', 'info'),
  config: text('A YAML file with these settings.'),
} as const;

export type SettingName = keyof typeof settings;
export type Config = { readonly [K in SettingName]: (typeof settings)[K]['fallback'] };

const names = Object.keys(settings) as SettingName[];
const environmentName = (name: string): string => `MCO_${name.replaceAll('-', '_').toUpperCase()}`;

const fail = (message: string): never => {
  throw new OperatorError('MCO_SETTING', message);
};

/** One source's name for a setting, or an error that proposes the nearest one. */
const resolve = (given: string, spell: (name: string) => string, source: string): SettingName => {
  const found = names.find((name) => spell(name) === given);
  return (
    found ?? fail(`unknown setting ${given}${source}; did you mean ${nearest(given, names.map(spell))}?`)
  );
};

const fromFlags = (args: readonly string[]): Map<SettingName, string> => {
  const given = new Map<SettingName, string>();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    const [spelled = '', ...rest] = argument.split('=');
    if (!spelled.startsWith('--')) fail(`unexpected argument ${argument}; every setting begins with --`);
    const name = resolve(spelled, (candidate) => `--${candidate}`, '');
    const isFlag = typeof settings[name].fallback === 'boolean';
    const following = args[index + 1];
    if (rest.length > 0) given.set(name, rest.join('='));
    else if (isFlag && !(following === 'true' || following === 'false')) given.set(name, 'true');
    else if (following === undefined) fail(`--${name} needs a value: ${settings[name].form}`);
    else {
      given.set(name, following);
      index++;
    }
  }
  return given;
};

/** Variables of the test tools, which share our prefix. */
const isToolVariable = (key: string): boolean => key.startsWith('MCO_TEST_') || key === 'MCO_CACHE_DIR';

const fromEnvironment = (environment: NodeJS.ProcessEnv): Map<SettingName, string> =>
  new Map(
    Object.entries(environment).flatMap(([key, value]) =>
      key.startsWith('MCO_') && !isToolVariable(key) && value !== undefined
        ? [[resolve(key, environmentName, ' in the environment'), value] as const]
        : [],
    ),
  );

const fromFile = (path: string): Map<SettingName, string> => {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new OperatorError('MCO_SETTING', `--config ${path} cannot be read as YAML`, { cause });
  }
  if (content === null) return new Map();
  if (typeof content !== 'object' || Array.isArray(content))
    return fail(`--config ${path} must be a map of settings`);
  return new Map(
    Object.entries(content).map(([key, value]) => [
      resolve(key, (name) => name, ` in ${path}`),
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
};

/** Flags over environment over file over defaults. An unknown or unreadable setting is an error. */
export const readConfig = (args: readonly string[], environment: NodeJS.ProcessEnv): Config => {
  const flags = fromFlags(args);
  const variables = fromEnvironment(environment);
  const file = flags.get('config') ?? variables.get('config');
  const sources = [flags, variables, file === undefined ? new Map<SettingName, string>() : fromFile(file)];
  const entries = names.map((name) => {
    const given = sources.find((source) => source.has(name))?.get(name);
    if (given === undefined) return [name, settings[name].fallback] as const;
    const value = settings[name].read(given);
    const emptyAllowed = settings[name].form === 'a text';
    if (value === undefined && !(emptyAllowed && given === ''))
      fail(`--${name} must be ${settings[name].form}, not ${JSON.stringify(given)}`);
    return [name, value ?? settings[name].fallback] as const;
  });
  return Object.fromEntries(entries) as Config;
};

/** Every setting as `--help` and docs/settings.md show it; `fallback` is empty where there is none. */
export const describeSettings = () =>
  names.map((name) => {
    const setting: Setting<string | number | boolean | readonly string[] | undefined> = settings[name];
    const { description, form, fallback, shown } = setting;
    const text = typeof fallback === 'object' ? fallback.join(',') : String(fallback ?? '');
    return { name, variable: environmentName(name), form, fallback: shown ?? text, description };
  });

/** The text of `--help`. */
export const usage = (): string => {
  const lines = describeSettings().map(
    ({ name, description, fallback }) =>
      `  --${name.padEnd(30)} ${description}${fallback === '' ? '' : ` (default ${fallback})`}`,
  );
  return `machine-client-operator [--SETTING VALUE …]\n\n${lines.join('\n')}\n\nEach is also an environment variable, for example ${environmentName('log-level')}, and a key of the file of --config.\n`;
};
