import { describe } from 'vitest';
import { nobodyIsRefused } from './nobody-is-refused.ts';
import { subjects } from './subjects.ts';

describe.concurrent.each(subjects)('$name: nobody is refused a token', (subject) => {
  nobodyIsRefused(subject);
});
