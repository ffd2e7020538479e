/** A mutation that changes nothing that anybody could see. */
export interface Equivalent {
  readonly file: string;
  /** The mutated text as the source has it, and what stands there instead, as the report prints both. */
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/machine-client/rotation/schedule.ts',
    original: 'now <= next.at',
    replacement: 'now < next.at',
    why: 'in the moment in which it is due it is in a window, or no window is waited for: both ways lead to that moment',
  },
  {
    file: 'src/machine-client/rotation/windows.ts',
    original: 'open < first',
    replacement: 'open <= first',
    why: 'of two that open in one moment it is the moment that counts',
  },
];
