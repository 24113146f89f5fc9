// Where text goes: process.stdout, process.stderr, or a buffer in a test.

export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
