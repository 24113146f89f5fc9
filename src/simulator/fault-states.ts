// Faults that change the cloud itself: permissions and tokens lost in mid-sweep, backups with hostile names.

import type { ProjectEstate } from './estate.ts';
import { findBackup, insertBackup } from './estate.ts';
import type { FaultName } from './fault-catalogue.ts';
import type { World } from './world.ts';
import { estateOf } from './world.ts';

const ESC = String.fromCharCode(27);

interface Hostile {
  id: string;
  name: string;
  description: string;
}

/** Ids are unique per kind; names and descriptions are foreign input at its worst. */
const hostile: Partial<Record<FaultName, Hostile>> = {
  'plant-quotes': {
    id: `quotes-'"\\\`br01`,
    name: `o'clock "nightly" \\ backup`,
    description: `'; drop table backup; --`,
  },
  'plant-slashes': { id: 'slashes/../%2e%2e/?a=b&c#dbr01', name: '../../etc/passwd', description: '50 %/100 %25' },
  'plant-controls': {
    id: `controls-\u0001\t\u007fbr01`,
    name: `line\r\nfeed${ESC}[31mred${ESC}[0m\u0007`,
    description: `${ESC}]0;title\u0007`,
  },
  'plant-long': { id: `long-${'9'.repeat(27)}br01`, name: 'n'.repeat(10_240), description: 'd'.repeat(10_240) },
  'plant-emoji': {
    id: 'emoji-\u{1F9E8}\u{1F468}\u200D\u{1F469}\u200D\u{1F467}br01',
    name: 'бэкап 备份 \u202Egnp.exe e\u0301 \u{1F4BE}',
    description: '\u{1F1E8}\u{1F1F3}\uFEFF\u200B',
  },
  'plant-markup': {
    id: 'markup-<b>br01',
    name: '<script>alert(1)</script><img src=x onerror=alert(2)>',
    description: '=HYPERLINK("http://evil.example","click")',
  },
  'plant-nul': { id: `nul-${'0'.repeat(28)}br01`, name: 'before\u0000after', description: 'lone \uD800 surrogate' },
};

/** Brings about a fault of phase `state`. */
export function faultState(world: World, name: FaultName, projectId: string | null): void {
  if (name === 'revoke-tokens') {
    for (const token of world.account.tokens.values()) token.revoked = true;
  } else if (name === 'forbid-project') {
    if (projectId !== null) world.forbidden.add(projectId);
  } else {
    const estate = projectId === null ? null : estateOf(world, projectId);
    if (estate !== null) plant(estate, name);
  }
}

function plant(estate: ProjectEstate, name: FaultName): void {
  const given = hostile[name];
  const instance = estate.instances[0];
  if (given === undefined || instance === undefined || findBackup(estate, given.id) !== null) return;
  insertBackup(estate, {
    list: 'instance_backups',
    instance,
    kind: 'Manual',
    beginAt: estate.livedUntil - 60,
    endAt: estate.livedUntil - 1,
    sizeKb: 2048,
    status: 'COMPLETED',
    given,
  });
}
