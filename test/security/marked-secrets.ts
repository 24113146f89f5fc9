// Secrets that can be found again in every form in which a text may hold them, and the search for them.

const stem = 'MARKED';

/** Values as awkward as passwords may be; each holds the stem, so that a piece of it is found too. */
export const marked = {
  databasePassword: `${stem}-database p@ss/w"rd+ö`,
  accessKey: `${stem}ACCESSKEY`,
  secretKey: `${stem}-secret/key+with=signs`,
  securityToken: `${stem}.security.token==`,
  password: `${stem}-cloud pass'word\\`,
  bearerToken: `${stem}-bearer-token`,
  proxyPassword: `${stem}-proxy`,
  pushPassword: `${stem}-push`,
} as const;

/** Where a text holds a marked secret, raw or in base64: the text around it, or nothing. */
export function leaks(text: string): string[] {
  const found = [...text.matchAll(new RegExp(`.{0,60}${stem}.{0,20}`, 'g'))].map(([around]) => around);
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{12,}/g)) {
    for (let shift = 0; shift < 4; shift += 1) {
      const bytes = Buffer.from(word.slice(shift), 'base64').toString('latin1');
      if (bytes.includes(stem)) found.push(`base64 ${word}`);
    }
  }
  for (const [word] of text.matchAll(/\b[0-9a-f]{12,}\b/gi)) {
    if (Buffer.from(word, 'hex').toString('latin1').includes(stem)) found.push(`hex ${word}`);
  }
  return found;
}
