import { generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EvidenceColumn, Manifest } from '../../src/evidence/manifest.ts';
import { publicKeyOf, signerOf } from '../../src/evidence/signing.ts';
import { type VerifyInput, verifyEvidence } from '../../src/evidence/verify.ts';
import { type EvidenceInput, writeEvidence } from '../../src/evidence/write.ts';
import type { Cell, ReportColumn } from '../../src/inventory/report.ts';
import { csvLines, readCsv } from '../../src/web/report/csv.ts';
import { jsonLines, readJson } from '../../src/web/report/json.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'backup-inventory-evidence-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const columns: ReportColumn[] = [
  { name: 'instance', kind: 'text', meaning: '' },
  { name: 'days', kind: 'number', meaning: '' },
  { name: 'ids', kind: 'list', meaning: '' },
];
const rows: Cell[][] = Array.from({ length: 300 }, (_, index) => [`orders-${index}`, index, [`b${index}`, '=x']]);
const full = (given: readonly EvidenceColumn[]) =>
  given.map((one) => ({ ...one, kind: one.kind as ReportColumn['kind'], meaning: '' }));
const codec: VerifyInput['codec'] = {
  csvLines: (given, data) => csvLines(full(given), data as Cell[][]),
  jsonLines: (given, data) => jsonLines(full(given), data as Cell[][]),
  readCsv: (given, text) => readCsv(full(given), text),
  readJson: (given, text) => readJson(full(given), text),
};

function input(folder: string, given: Partial<EvidenceInput> = {}): EvidenceInput {
  return {
    directory: join(home, folder),
    previous: null,
    signer: null,
    createdAt: '2026-04-01T00:00:00Z',
    period: { firstDay: '2026-01-01', lastDay: '2026-03-31', timeZone: 'UTC' },
    asOf: '2026-04-01T00:00:00Z',
    knownAt: '2026-03-31T23:00:00Z',
    program: { version: '1.0.0' },
    schema: [{ name: '0001_inventory', sha256: 'x' }],
    controls: [{ id: 'BK-01', version: 1 }],
    readings: { runs: 1, certificates: 3, certified: 3, lastRunId: 1 },
    configurations: { exported: 'c', ran: ['c'] },
    notObserved: [],
    reports: ['coverage_summary', 'backup_jobs'].map((name) => ({
      name,
      title: name,
      rows: rows.length,
      asOf: '2026-04-01T00:00:00Z',
      columns: columns.map(({ name: column, kind }) => ({ name: column, kind })),
      csv: csvLines(columns, rows),
      json: jsonLines(columns, rows),
    })),
    ...given,
  };
}

const verify = (folder: string, given: Partial<VerifyInput> = {}) =>
  verifyEvidence({ directory: join(home, folder), previous: null, publicKey: null, codec, ...given });

const path = (folder: string, name: string) => join(home, folder, name);

async function damage(file: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(file, change(await readFile(file)));
}

test('an export that nobody touched fits', async () => {
  const result = await writeEvidence(input('q1'));
  expect(result).toMatchObject({ sequence: 1, previous: null, files: 5 });
  const found = await verify('q1');
  expect(found.faults).toEqual([]);
  expect(found.manifestDigest).toBe(result.manifestDigest);
});

test('the same reports at the same instant are the same bytes', async () => {
  const one = await writeEvidence(input('a/q1'));
  const other = await writeEvidence(input('b/q1'));
  expect(other.manifestDigest).toBe(one.manifestDigest);
});

test('its sums are the ones that sha256sum checks', async () => {
  await writeEvidence(input('q1'));
  const sums = await readFile(path('q1', 'SHA256SUMS'), 'utf8');
  expect(sums).toMatch(/^([0-9a-f]{64} {2}[\w.]+\n){6}$/);
  expect(sums).toContain('  manifest.json\n');
});

describe('a change is named', () => {
  test('the first byte and its row, told from the other format', async () => {
    await writeEvidence(input('q1'));
    const csv = path('q1', 'coverage_summary.csv');
    const at = (await readFile(csv, 'utf8')).indexOf('orders-17,') + 3;
    await damage(csv, (bytes) => Buffer.concat([bytes.subarray(0, at), Buffer.from('X'), bytes.subarray(at + 1)]));
    expect((await verify('q1')).faults).toEqual([
      `coverage_summary.csv: byte ${at} (row 18) is not what was exported.`,
    ]);
  });

  test('any byte of any report, whichever it is', async () => {
    await writeEvidence(input('q1'));
    const names = ['coverage_summary.csv', 'coverage_summary.json', 'backup_jobs.csv', 'backup_jobs.json'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, seed, flip) => {
          const file = path('q1', name);
          const whole = await readFile(file);
          const at = seed % whole.length;
          await damage(file, (bytes) => bytes.map((byte, index) => (index === at ? byte ^ flip : byte)) as Buffer);
          const { faults } = await verify('q1');
          await writeFile(file, whole);
          expect(faults).toHaveLength(1);
          expect(faults[0]).toMatch(new RegExp(`^${name}: byte ${at} \\((row \\d+|before the first row)\\)`));
        },
      ),
      { numRuns: 40 },
    );
    expect((await verify('q1')).faults).toEqual([]);
  });

  test('a file cut short, or with a row too many', async () => {
    await writeEvidence(input('q1'));
    const json = path('q1', 'backup_jobs.json');
    const { length } = await readFile(json);
    await truncate(json, length - 10);
    expect((await verify('q1')).faults).toEqual([
      `backup_jobs.json: byte ${length - 10} (row 300) is not what was exported.`,
    ]);
    await writeEvidence(input('q2'));
    const csv = path('q2', 'backup_jobs.csv');
    const before = (await readFile(csv)).length;
    await appendFile(csv, 'orders-300,300,[]\r\n');
    expect((await verify('q2')).faults).toEqual([
      `backup_jobs.csv: byte ${before} (row 300) is not what was exported.`,
    ]);
  });

  test('both formats changed alike: the block of bytes', async () => {
    await writeEvidence(input('q1'));
    for (const name of ['backup_jobs.csv', 'backup_jobs.json']) {
      await damage(path('q1', name), (bytes) => Buffer.from(bytes.toString().replaceAll('orders-299', 'orders-999')));
    }
    const { faults } = await verify('q1');
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(
      /^backup_jobs\.csv: the first byte that is not what was exported lies in bytes 8192 to \d+\.$/,
    );
  });

  test('a file that is missing, and one that does not belong', async () => {
    await writeEvidence(input('q1'));
    await rm(path('q1', 'backup_jobs.csv'));
    await writeFile(path('q1', 'notes.txt'), 'x');
    expect((await verify('q1')).faults).toEqual(['backup_jobs.csv is missing.', 'notes.txt is not in the manifest.']);
  });

  test('digests made anew over a report that then contradicts its other format', async () => {
    await writeEvidence(input('q1'));
    const changed = rows.map((row, index) => (index === 41 ? ['orders-41', 99, []] : row));
    const [summary] = input('q1').reports;
    if (summary === undefined) throw new Error('no report');
    await writeEvidence(input('forged', { reports: [{ ...summary, csv: csvLines(columns, changed) }] }));
    expect((await verify('forged')).faults).toContain('coverage_summary: row 42 of the CSV and of the JSON differ.');
  });

  test('a manifest that says another number of rows', async () => {
    const [summary] = input('q1').reports;
    if (summary === undefined) throw new Error('no report');
    await writeEvidence(input('forged', { reports: [{ ...summary, rows: 299 }] }));
    expect((await verify('forged')).faults).toContain('coverage_summary.csv: it has 300 rows, the manifest says 299.');
  });

  test('a manifest that was touched', async () => {
    await writeEvidence(input('q1'));
    await damage(path('q1', 'manifest.json'), (bytes) =>
      Buffer.from(bytes.toString().replace('"sequence": 1', '"sequence":  1')),
    );
    const at = (await readFile(path('q1', 'manifest.json'), 'utf8')).indexOf('"sequence":  1') + 12;
    const { faults } = await verify('q1');
    expect(faults[0]).toBe(`manifest.json: byte ${at} is not as this program writes it.`);
    expect(faults[1]).toMatch(/^SHA256SUMS: line 6 does not fit manifest\.json/);
  });

  test('a folder that holds no export, or something else by that name', async () => {
    await mkdir(join(home, 'empty'));
    expect((await verify('empty')).faults).toEqual(['manifest.json is missing: the folder is no export.']);
    expect((await verify('nowhere')).faults).toEqual(['manifest.json is missing: the folder is no export.']);
    await writeFile(path('empty', 'manifest.json'), '{"format":"other"}');
    expect((await verify('empty')).faults[0]).toMatch(/^manifest\.json: it is no manifest/);
    await writeFile(path('empty', 'manifest.json'), 'not json');
    expect((await verify('empty')).faults[0]).toMatch(/^manifest\.json: .*JSON/);
  });

  test('any change of the manifest, whatever it does to its shape', async () => {
    await writeEvidence(input('q1'));
    const file = path('q1', 'manifest.json');
    const whole = await readFile(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (seed, flip) => {
        await writeFile(
          file,
          whole.map((byte, index) => (index === seed % whole.length ? byte ^ flip : byte)),
        );
        const { faults } = await verify('q1');
        expect(faults.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
    for (const text of ['{}', 'null', '[]', '{"format":"backup-inventory-evidence/1","files":[null],"reports":[3]}']) {
      await writeFile(file, text);
      expect((await verify('q1')).faults.length).toBeGreaterThan(0);
    }
  });

  test('a path in the manifest that leads elsewhere', async () => {
    await writeEvidence(input('q1'));
    await writeFile(join(home, 'outside.csv'), 'secret');
    await damage(path('q1', 'manifest.json'), (bytes) =>
      Buffer.from(bytes.toString().replace('"backup_jobs.csv"', '"../outside.csv"')),
    );
    expect((await verify('q1')).faults).toContain('../outside.csv is missing.');
  });
});

describe('the chain', () => {
  test('an export links to the newest beside it, and every link is followed', async () => {
    await writeEvidence(input('q1'));
    const second = await writeEvidence(input('q2'));
    const third = await writeEvidence(input('q3'));
    expect([second.sequence, third.sequence]).toEqual([2, 3]);
    expect(third.previous).toEqual({ digest: second.manifestDigest, directory: 'q2' });
    expect(await verify('q3')).toMatchObject({
      faults: [],
      notes: expect.arrayContaining(['Number 3 of its chain; 2 links fit.']),
    });
  });

  test('an export in between that was made anew breaks it', async () => {
    await writeEvidence(input('q1'));
    await writeEvidence(input('q2'));
    await writeEvidence(input('q3'));
    await rm(join(home, 'q1'), { recursive: true });
    await writeEvidence(input('q1', { createdAt: '2026-05-01T00:00:00Z' }));
    const { faults } = await verify('q3');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^The link to .*q1 does not fit: the manifest there has digest/);
  });

  test('an earlier export that is elsewhere is a note, and a fault where it is named and wrong', async () => {
    await writeEvidence(input('q1'));
    await writeEvidence(input('q2'));
    await rename(join(home, 'q1'), join(home, 'archive'));
    expect((await verify('q2')).notes[1]).toMatch(/^Not checked: the link to q1/);
    expect((await verify('q2', { previous: join(home, 'archive') })).faults).toEqual([]);
    expect((await verify('q2', { previous: join(home, 'nowhere') })).faults[0]).toMatch(/holds no export/);
  });

  test('an export to link to may be named', async () => {
    await writeEvidence(input('old/q1'));
    const result = await writeEvidence(input('new/q2', { previous: join(home, 'old/q1') }));
    expect(result).toMatchObject({ sequence: 2, previous: { directory: 'q1' } });
    await expect(writeEvidence(input('new/q3', { previous: join(home, 'old') }))).rejects.toThrow(
      'holds no export to link to',
    );
  });

  test('a folder is used once', async () => {
    await writeEvidence(input('q1'));
    await expect(writeEvidence(input('q1'))).rejects.toThrow('already holds an export');
    await writeFile(join(home, 'file'), '');
    await expect(writeEvidence(input('file'))).rejects.toThrow('is no folder');
    await mkdir(join(home, 'used'));
    await writeFile(path('used', 'x'), '');
    await expect(writeEvidence(input('used'))).rejects.toThrow('is not empty');
    expect(await readdir(join(home, 'used'))).toEqual(['x']);
  });
});

describe('signatures', () => {
  const keys = generateKeyPairSync('ed25519');
  const privatePem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const strangerPem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signed = (folder: string) => writeEvidence(input(folder, { signer: signerOf(privatePem) }));

  test('a signed export fits its key, and says whose it is', async () => {
    await signed('q1');
    expect(await verify('q1', { publicKey: publicPem })).toMatchObject({ faults: [] });
    expect((await verify('q1')).notes[0]).toMatch(/^Signed by the key in the manifest, SHA256:[0-9a-f]{64}\.$/);
  });

  test('another key, another manifest, no signature: each is named', async () => {
    await signed('q1');
    expect((await verify('q1', { publicKey: strangerPem })).faults[0]).toMatch(
      /is signed by SHA256:\w+, not by the given key/,
    );
    await damage(path('q1', 'manifest.json'), (bytes) =>
      Buffer.from(bytes.toString().replace('"version": "1.0.0"', '"version": "1.0.1"')),
    );
    expect((await verify('q1', { publicKey: publicPem })).faults).toContain('manifest.sig does not fit manifest.json.');
    await rm(path('q1', 'manifest.sig'));
    expect((await verify('q1')).faults).toContain('manifest.sig is missing.');
  });

  test('a key that was asked for and an export that is not signed do not fit', async () => {
    await writeEvidence(input('q1'));
    expect((await verify('q1', { publicKey: publicPem })).faults).toEqual(['manifest.json is not signed.']);
  });

  test('keys of another kind are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => signerOf(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      'a key for rsa, not Ed25519',
    );
    expect(() => signerOf('hello')).toThrow('no key in PEM');
    expect(() => publicKeyOf(rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow('not Ed25519');
  });

  test('the manifest names key and signature, and no private key', async () => {
    await signed('q1');
    const manifest = JSON.parse(await readFile(path('q1', 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.signature?.publicKey).toBe(publicKeyOf(publicPem));
    for (const name of await readdir(join(home, 'q1'))) {
      expect(await readFile(path('q1', name), 'utf8')).not.toContain(privatePem.split('\n')[1]);
    }
  });
});
