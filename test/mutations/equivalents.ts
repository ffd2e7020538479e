/** A mutation that changes nothing that anybody could see. */
export interface Equivalent {
  readonly file: string;
  /** The mutated text as the source has it, and what stands there instead, as the report prints both. */
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

export const equivalents: readonly Equivalent[] = [];
