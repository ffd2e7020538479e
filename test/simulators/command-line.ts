import { parseArgs } from 'node:util';
import type { StartOptions } from './catalogue.ts';
import { mergeRecords, parseSwitch } from './switches.ts';

const USAGE = `usage: npm run -s simulator -- NAME
  [--host ADDRESS]               default: 127.0.0.1
  [--port N]                     default: one that is free
  [--latency MS]                 added to every provider call
  [--path-prefix /PATH]          the API lies below it, as behind a gateway
  [--gateway-header NAME=VALUE]  asked for instead of the provider's own credentials
  [--credential NAME=VALUE]…     default: random
  [--switch NAME=VALUE]…         NAME may be a.b.c, VALUE is JSON or else text`;

/** `a=b=c` → `['a', 'b=c']`. */
const nameAndValue = (flag: string, text: string): [string, string] => {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--${flag} wants NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
};

const wholeNumber = (flag: string, text: string): number => {
  if (!/^\d+$/.test(text)) throw new Error(`--${flag} wants a whole number, not "${text}"`);
  return Number(text);
};

/** Throws, with the usage, on what is unknown. */
export const parseCommandLine = (
  args: string[],
): { readonly name: string; readonly options: StartOptions } => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      host: { type: 'string' },
      port: { type: 'string', default: '0' },
      latency: { type: 'string' },
      'path-prefix': { type: 'string' },
      'gateway-header': { type: 'string' },
      credential: { type: 'string', multiple: true, default: [] },
      switch: { type: 'string', multiple: true, default: [] },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Error(USAGE);

  const patches = values.switch.map(parseSwitch);
  if (values.latency !== undefined) patches.push({ latencyMs: wholeNumber('latency', values.latency) });
  const header = values['gateway-header'];
  const [headerName, headerValue] = header === undefined ? [] : nameAndValue('gateway-header', header);
  return {
    name,
    options: {
      host: values.host,
      port: wholeNumber('port', values.port),
      pathPrefix: values['path-prefix'],
      gatewayHeader:
        headerName === undefined || headerValue === undefined
          ? undefined
          : { name: headerName, value: headerValue },
      credentials: Object.fromEntries(values.credential.map((text) => nameAndValue('credential', text))),
      switches: patches.reduce<unknown>(mergeRecords, {}) as Record<string, unknown>,
    },
  };
};
