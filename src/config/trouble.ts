// A value that a reader of scalars refuses, and the zod type that such a reader becomes.

import { z } from 'zod';

/** Why a value is refused. `problem` continues a sentence whose subject is the value: `is not a duration`. */
export class Trouble {
  readonly problem: string;
  readonly remedy: string;

  constructor(problem: string, remedy: string) {
    this.problem = problem;
    this.remedy = remedy;
  }
}

/** What the JSON Schema says of a key. `x-…` keywords are ours, for the reference page. */
export interface KeyNotes {
  description: string;
  'x-kind'?: string;
  'x-environment'?: string;
  'x-example'?: unknown;
  [keyword: string]: unknown;
}

/** A zod type for one value, read by `read`. Its message travels as `params.trouble`. */
export function scalar<T>(read: (value: unknown) => T | Trouble, notes: KeyNotes) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = read(value);
      if (!(result instanceof Trouble)) return result;
      context.addIssue({ code: 'custom', message: result.problem, params: { trouble: result } });
      return z.NEVER;
    })
    .meta({ ...notes });
}
