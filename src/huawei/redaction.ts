// Foreign text on its way into an error: the gateway echoes canonical requests, header values and all.

const secretHeaders =
  /\b(x-auth-token|x-subject-token|x-security-token|authorization|cookie)(["']?\s*[:=]\s*)[^|\r\n]*/gi;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const longest = 1000;

/** Takes out the values of secret headers and every given secret, control characters, and what is beyond 1,000 characters. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replace(secretHeaders, '$1$2[redacted]');
  for (const secret of secrets) {
    if (secret !== '') clean = clean.replaceAll(secret, '[redacted]');
  }
  clean = clean.replace(control, ' ').trim();
  return clean.length > longest ? `${clean.slice(0, longest)}…`.toWellFormed() : clean;
}
