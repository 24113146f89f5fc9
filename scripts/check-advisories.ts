// Asks the registry for known vulnerabilities of the production dependencies. High and critical ones fail; a registry
// that cannot be asked is a note, because the check must not stop work that has nothing to do with it.
// `node scripts/check-advisories.ts`

import { spawnSync } from 'node:child_process';

/** What `npm audit --json` said: which packages fail, or that nothing is known. */
export function readAudit(output: string): { known: false } | { known: true; failing: string[] } {
  let report: { vulnerabilities?: Record<string, { severity?: string }>; auditReportVersion?: number };
  try {
    report = JSON.parse(output);
  } catch {
    return { known: false };
  }
  if (report.auditReportVersion === undefined || report.vulnerabilities === undefined) return { known: false };
  const failing = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity }]) => `${name}: ${severity}`);
  return { known: true, failing };
}

if (import.meta.main) {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 60_000 });
  const audit = readAudit(stdout ?? '');
  if (!audit.known) console.log('advisories: the registry could not be asked; not checked');
  else {
    for (const line of audit.failing) console.error(`advisory: ${line}; see \`npm audit\``);
    console.log(`advisories: ${audit.failing.length} high or critical in production dependencies`);
    process.exitCode = audit.failing.length === 0 ? 0 : 1;
  }
}
