// How the pages say things, and that nothing foreign becomes markup.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, textOf } from '../../../src/web/pages/html.ts';
import { plot } from '../../../src/web/pages/plot.ts';
import { defaultQuery, instanceAddress, readQuery, sortedBy, statusAddress } from '../../../src/web/pages/query.ts';
import { dayOf, foreign, measure, size, span } from '../../../src/web/pages/words.ts';

describe('markup', () => {
  test('has no character of a foreign text that could end where it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = textOf(html`${text}`);
        expect(written).not.toMatch(/[<>"']/);
        const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
        expect(
          written.replace(
            /&(lt|gt|quot|#39|amp);/g,
            (one) => Object.entries(entities).find(([key]) => key === one)?.[1] ?? '',
          ),
        ).toBe(text);
      }),
    );
  });

  test('joins lists, keeps made markup, and drops what is not there', () => {
    const text = '<i>';
    expect(textOf(html`<p>${[html`<b>${text}</b>`, 'x', 0, null, undefined, false]}</p>`)).toBe(
      '<p><b>&lt;i&gt;</b>x0</p>',
    );
  });

  test('a name from outside stands apart, so that its direction reorders nothing', () => {
    expect(textOf(foreign('\u202eevil'))).toBe('<bdi>\u202eevil</bdi>');
    expect(textOf(foreign(''))).toBe('<i>unnamed</i>');
  });
});

describe('words', () => {
  test.each([
    [0, '0 s'],
    [89, '89 s'],
    [90, '2 min'],
    [600, '10 min'],
    [5400, '1 h 30 min'],
    [93_600, '26 h'],
    [604_800, '7 d'],
    [183_600, '2 d 3 h'],
    [-300, '−5 min'],
  ])('a span of %d s is %s', (seconds, words) => {
    expect(span(seconds)).toBe(words);
  });

  test.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.00 KiB'],
    [1024 ** 3 * 20.06, '20.1 GiB'],
    [1024 ** 2 * 1023.9, '1.00 GiB'],
    [-2048, '−2.00 KiB'],
  ])('a size of %d is %s', (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });

  test('a measure is in its unit', () => {
    expect([measure(1, 'backups'), measure(6, 'days'), measure(3600, 'seconds'), measure(null, 'bytes')]).toEqual([
      '1 backup',
      '6 days',
      '60 min',
      '–',
    ]);
  });

  test('a day letter that nobody knows is not observed', () => {
    expect([dayOf('G'), dayOf('n'), dayOf('z')]).toEqual([
      { state: 'good', reconstructed: true },
      { state: 'none', reconstructed: false },
      { state: 'not_observed', reconstructed: false },
    ]);
  });
});

describe('addresses', () => {
  test('a query survives its address', () => {
    const query = { ...defaultQuery, search: '50% & <b>', sort: 'stored', descending: false, page: 3 } as const;
    expect(readQuery(new URL(statusAddress(query), 'http://x').searchParams)).toEqual(query);
    expect(statusAddress(defaultQuery)).toBe('/#instances');
  });

  test.each(['page=-1', 'page=1e99', 'page=x', 'sort=drop', 'state=none', 'control=%27', 'q=%00%07', 'order=sideways'])(
    '%s is answered like the plain page',
    (text) => {
      expect(readQuery(new URLSearchParams(text))).toEqual(defaultQuery);
    },
  );

  test('a second click on a head turns the order round', () => {
    const once = { ...defaultQuery, ...sortedBy(defaultQuery, 'stored') };
    expect([once.descending, sortedBy(once, 'stored').descending]).toEqual([true, false]);
  });

  test('an id may hold what addresses are made of', () => {
    expect(instanceAddress('a/b', '?x#y')).toBe('/instances/a%2Fb/%3Fx%23y');
  });
});

describe('plots', () => {
  const points = [1, 2, 3].map((value) => ({ atMs: value * 1000, value, label: '' }));
  const frame = { id: 'p', title: 'T', description: 'D', format: String, unitOf: () => 1, shape: 'dots' } as const;

  test('need two points', () => {
    expect(plot({ ...frame, points: points.slice(0, 1) })).toBeNull();
    expect(plot({ ...frame, points })).not.toBeNull();
  });

  test('hold no number that a browser cannot draw', () => {
    const value = fc.option(fc.double({ min: -1e20, max: 1e20, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { minLength: 2 }), fc.boolean(), (values, same) => {
        const drawn = values.map((one, index) => ({ atMs: same ? 5 : index, value: one, label: '' }));
        for (const shape of ['dots', 'area'] as const) {
          const made = plot({ ...frame, shape, points: drawn });
          expect(made === null ? '' : textOf(made)).not.toMatch(/NaN|Infinity/);
        }
      }),
    );
  });
});
