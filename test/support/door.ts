// Where test files ask for what global-setup.ts offers.

/** The text that is answered at a path; throws what went wrong in making the thing. */
export async function askDoor(path: string): Promise<string> {
  const { inject } = await import('vitest'); // global-setup.ts runs outside of a test and may not import it
  const response = await fetch(inject('databaseDoor') + path);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
