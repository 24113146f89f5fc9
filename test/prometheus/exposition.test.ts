import { gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createExposition } from '../../src/prometheus/exposition.ts';
import { parseScrape, seriesOf } from '../../src/prometheus/scrape.ts';
import { expositionOf, openMetrics, ourProcess, samplesOf, textOf, valuesOf } from './scraping.ts';
import { counterValue, instanceState, projectState, snapshot, takenAt, takenSeconds } from './snapshots.ts';

/** An estate in which every family has a sample. */
const everything = snapshot({
  projects: [
    projectState({ controls: [{ control: 'BK-01', verdict: 'NON_COMPLIANT', instances: 1 }] }),
    projectState({ projectId: 'p2', name: 'test "2"', region: 'eu-west-101', orphans: null, verdictsUntil: null }),
  ],
  instances: [
    instanceState({ oldestBuilding: takenSeconds - 1800 }),
    instanceState({
      projectId: 'p2',
      instanceId: 'i2',
      name: 'back\\slash "quote"\nline',
      protection: 'unprotected',
      groups: [],
      marks: [],
      objective: { rpoSeconds: null, retentionSeconds: null },
    }),
  ],
  counters: new Map([
    ['sweeps_total', [counterValue({ projectId: 'p1', label1: 'instances', label2: 'timeout', value: 2 })]],
    ['api_requests_total', [counterValue({ label1: 'list_backups', label2: '200', value: 12 })]],
    ['api_request_duration_seconds_bucket', [counterValue({ label1: 'list_backups', label2: '0.25', value: 12 })]],
    ['api_request_duration_seconds_sum', [counterValue({ label1: 'list_backups', value: 2.5 })]],
    ['api_retries_total', [counterValue({ label1: 'timeout', value: 1 })]],
    ['rows_written_total', [counterValue({ label1: 'backup', label2: 'insert', value: 99 })]],
  ]),
  readings: { clockSkewSeconds: 0.5, credentialExpiry: takenSeconds + 86_400 },
});

/** Without what prom-client says of the process, which differs from run to run. */
function ours(text: string): string {
  const lines = text.split('\n').filter((line) => /^(# \w+ )?backup_inventory_|^# EOF/.test(line));
  return `${lines.join('\n')}\n`;
}

describe('the text', () => {
  test('of a fixed snapshot is the golden one', async () => {
    const exposition = await expositionOf(everything);
    const text = await textOf(await exposition.scrape({}));
    await expect(ours(text)).toMatchFileSnapshot('../golden/metrics.prom');
  });

  test('of a fixed snapshot in OpenMetrics is the golden one', async () => {
    const exposition = await expositionOf(everything);
    const text = await textOf(await exposition.scrape({ accept: openMetrics }));
    await expect(ours(text)).toMatchFileSnapshot('../golden/metrics.openmetrics');
  });

  test('holds the same samples in both formats', async () => {
    const exposition = await expositionOf(everything);
    const text = parseScrape(ours(await textOf(await exposition.scrape({}))));
    const open = parseScrape(ours(await textOf(await exposition.scrape({ accept: openMetrics }))));
    expect(open).toEqual(text);
  });

  test('in OpenMetrics ends with EOF and has no empty line', async () => {
    const exposition = await expositionOf(everything);
    const text = await textOf(await exposition.scrape({ accept: openMetrics }));
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).not.toContain('\n\n');
  });

  test('tells of the process and of Node, with no gauge that is named like a counter', async () => {
    const exposition = await expositionOf(everything);
    const text = await textOf(await exposition.scrape({}));
    expect(text).toContain('\nprocess_resident_memory_bytes ');
    expect(text).toContain('\nnodejs_eventloop_lag_p99_seconds ');
    expect(text).not.toMatch(/# TYPE \S+_total gauge/);
  });

  test('parses back to the samples, whatever is in the names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.string({ unit: 'binary' }), version: fc.string({ unit: 'grapheme' }) }), {
          maxLength: 5,
        }),
        async (names) => {
          const instances = names.map(({ name, version }, index) =>
            instanceState({ instanceId: `i${index}`, name, datastoreVersion: version }),
          );
          const samples = await samplesOf(await expositionOf(snapshot({ instances })));
          const info = samples.filter((sample) => sample.name === 'backup_inventory_instance_info');
          const readable = (text: string) => text.replaceAll('\0', '\uFFFD').toWellFormed();
          expect(info.map(({ labels }) => [labels.instance_name, labels.datastore_version])).toEqual(
            names.map(({ name, version }) => [readable(name), readable(version)]),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test('never holds a series twice', async () => {
    const series = (await samplesOf(await expositionOf(everything))).map(seriesOf);
    expect(series.filter((one, index) => series.indexOf(one) !== index)).toEqual([]);
  });

  test('says how many series it has', async () => {
    const samples = await samplesOf(await expositionOf(everything));
    const own = new Set(['build_info', 'schedule_interval_seconds', 'freshness_limit_seconds', 'run_in_progress']);
    const state = samples.filter(
      ({ name }) => !/snapshot_|verdicts_/.test(name) && name !== 'backup_inventory_series' && !own.has(name.slice(17)),
    );
    expect(await valuesOf(everything, 'series')).toEqual({ '': state.length });
  });
});

describe('a scrape', () => {
  test('before the first snapshot tells of the process alone', async () => {
    const exposition = createExposition({ process: () => ourProcess });
    const samples = await samplesOf(exposition);
    expect(samples.map((sample) => sample.name.slice('backup_inventory_'.length))).toEqual([
      'build_info',
      'schedule_interval_seconds',
      'freshness_limit_seconds',
      'run_in_progress',
    ]);
  });

  test('in gzip is one member, so that clients which stop at its end read everything', async () => {
    const exposition = await expositionOf(everything);
    for (const accept of [undefined, openMetrics]) {
      const zipped = await exposition.scrape({ accept, acceptEncoding: 'gzip' });
      const pieces: Uint8Array[] = [];
      for await (const piece of zipped.body) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      expect(zipped.headers).toMatchObject({ 'Content-Encoding': 'gzip', 'Content-Length': String(bytes.length) });
      const text = gunzipSync(bytes); // checks the length and the CRC
      expect(inflateRawSync(bytes.subarray(10, -8))).toEqual(text); // one deflate stream between header and trailer
      expect(ours(text.toString())).toBe(ours(await textOf(await exposition.scrape({ accept }))));
    }
  });

  test('of more text than one page is whole, plain and in gzip', async () => {
    const instances = Array.from({ length: 1500 }, (_, index) => instanceState({ instanceId: `i${index}` }));
    const exposition = await expositionOf(snapshot({ instances }));
    const plain = await exposition.scrape({});
    const text = await textOf(plain);
    expect(text.length).toBeGreaterThan(20 * 64 * 1024);
    expect(plain.headers['Content-Length']).toBe(String(Buffer.byteLength(text)));
    expect(ours(await textOf(await exposition.scrape({ acceptEncoding: 'gzip' })))).toBe(ours(text));
    expect(parseScrape(text).filter((sample) => sample.name === 'backup_inventory_available')).toHaveLength(1500);
  });

  test('tells version and charset of the format that it answers in', async () => {
    const exposition = await expositionOf(snapshot());
    const typeOf = async (accept?: string) => (await exposition.scrape({ accept })).headers['Content-Type'];
    const text = 'text/plain; version=0.0.4; charset=utf-8';
    const open = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
    expect(await typeOf()).toBe(text);
    expect(await typeOf('*/*')).toBe(text);
    expect(await typeOf('text/html,application/xhtml+xml,*/*;q=0.8')).toBe(text);
    expect(await typeOf('application/json')).toBe(text);
    expect(await typeOf('application/openmetrics-text;q=0.3,text/plain;q=0.9')).toBe(text);
    expect(await typeOf('application/openmetrics-text;version=7.0.0')).toBe(text);
    expect(await typeOf('application/openmetrics-text;q=0')).toBe(text);
    expect(await typeOf('application/openmetrics-text')).toBe(open);
    expect(await typeOf('application/openmetrics-text;version=0.0.1')).toBe(open.replace('1.0.0', '0.0.1'));
    // Prometheus 2.42 and 3.5
    expect(
      await typeOf(
        'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      ),
    ).toBe(open);
    expect(
      await typeOf(
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      ),
    ).toBe(open);
  });

  test('is compressed only for who accepts gzip', async () => {
    const exposition = await expositionOf(snapshot());
    const encodingOf = async (acceptEncoding?: string) =>
      (await exposition.scrape({ acceptEncoding })).headers['Content-Encoding'];
    expect(await encodingOf()).toBeUndefined();
    expect(await encodingOf('br')).toBeUndefined();
    expect(await encodingOf('gzip;q=0, identity')).toBeUndefined();
    expect(await encodingOf('deflate, gzip;q=0.5')).toBe('gzip');
    expect(await encodingOf('*')).toBe('gzip');
  });
});

describe('an update', () => {
  test('is served whole or not at all: the old snapshot stays until the new one is rendered', async () => {
    const exposition = await expositionOf(snapshot());
    const instances = Array.from({ length: 3000 }, (_, index) => instanceState({ instanceId: `i${index}` }));
    const update = exposition.update(snapshot({ instances }), takenAt);
    await new Promise(setImmediate);
    const during = await samplesOf(exposition);
    expect(during.filter((sample) => sample.name === 'backup_inventory_available')).toHaveLength(1);
    await update;
    const after = await samplesOf(exposition);
    expect(after.filter((sample) => sample.name === 'backup_inventory_available')).toHaveLength(3000);
  });

  test('that comes while another is under way waits for it, so the last one stays', async () => {
    const exposition = await expositionOf(snapshot());
    const many = Array.from({ length: 500 }, (_, index) => instanceState({ instanceId: `i${index}` }));
    await Promise.all([
      exposition.update(snapshot({ instances: many }), takenAt),
      exposition.update(snapshot({ instances: [] }), takenAt),
    ]);
    expect(exposition.snapshot?.instances).toEqual([]);
  });

  test('drops the series of what vanished', async () => {
    const exposition = await expositionOf(snapshot());
    await exposition.update(snapshot({ instances: [] }), takenAt);
    expect((await samplesOf(exposition)).filter((sample) => 'instance_id' in sample.labels)).toEqual([]);
  });

  test('gives way to the event loop while it renders', async () => {
    const instances = Array.from({ length: 5000 }, (_, index) => instanceState({ instanceId: `i${index}` }));
    let turns = 0;
    let rendering = true;
    const count = () => {
      turns += 1;
      if (rendering) setImmediate(count);
    };
    setImmediate(count);
    await expositionOf(snapshot({ instances }));
    rendering = false;
    expect(turns).toBeGreaterThan(10);
  });

  test('is not needed for verdicts to turn unknown when their time is over', async () => {
    const exposition = await expositionOf(snapshot());
    await exposition.judge(new Date(takenAt.getTime() + 2 * 3600 * 1000));
    const unknown = (await samplesOf(exposition)).find((sample) => sample.labels.state === 'unknown');
    expect(unknown?.value).toBe(1);
    const shown = (await samplesOf(exposition)).find((sample) => sample.name.endsWith('snapshot_timestamp_seconds'));
    expect(shown?.value).toBe(takenSeconds);
  });
});
