// The exit codes of the program. Scripts rely on them: a number never changes its meaning.

/** Every exit code with its meaning, in the order in which the help shows them. */
export const exitCodes = [
  { code: 0, meaning: 'every scope certified; for other commands: done' },
  { code: 1, meaning: 'unexpected failure' },
  { code: 2, meaning: 'usage or configuration; nothing was touched' },
  { code: 3, meaning: 'some scopes incomplete' },
  { code: 4, meaning: 'no scope certified' },
  { code: 5, meaning: 'another run holds the lock' },
  { code: 6, meaning: 'check: at least one NON_COMPLIANT' },
  { code: 7, meaning: 'check: none NON_COMPLIANT, some UNKNOWN' },
  { code: 130, meaning: 'stopped by SIGINT before it could finish' },
  { code: 143, meaning: 'stopped by SIGTERM before it could finish' },
] as const;

export type ExitCode = (typeof exitCodes)[number]['code'];

/** The codes by name, for readable returns. */
export const exit = {
  ok: 0,
  failure: 1,
  usage: 2,
  incomplete: 3,
  uncertified: 4,
  locked: 5,
  nonCompliant: 6,
  unknown: 7,
  interrupted: 130,
  terminated: 143,
} as const satisfies Record<string, ExitCode>;
