// Runs inside the browser, as text: what a page is measured by. Plain JavaScript, because only a browser has a document.

/** Texts whose contrast is below the least ratio, as `ratio text`. */
function lowContrasts(least) {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([red = 0, green = 0, blue = 0]) => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (start) => {
    for (let element = start; element !== null; element = element.parentElement) {
      const colour = channels(getComputedStyle(element).backgroundColor);
      if (colour.length >= 3 && (colour[3] ?? 1) === 1) return colour;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (element === null || text === '' || element.closest('.vh, title, desc, style, script') !== null) continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ink = luminance(channels(element instanceof SVGElement ? style.fill : style.color));
    const paper = luminance(behind(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < least) low.add(`${ratio.toFixed(2)} ${element.className} ${text.slice(0, 40)}`);
  }
  return [...low];
}

/** What a reader with a screen reader would miss, as sentences. */
function unreadable() {
  const faults = [];
  const every = (selector) => [...document.querySelectorAll(selector)];
  const ids = every('[id]').map((element) => element.id);
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) faults.push(`id twice: ${id}`);
  if (every('main').length !== 1) faults.push('not one main');
  if (every('h1').length !== 1) faults.push('not one h1');
  if (document.documentElement.lang === '') faults.push('no language');
  let level = 0;
  for (const heading of every('h1, h2, h3, h4')) {
    const next = Number(heading.tagName.slice(1));
    if (next > level + 1) faults.push(`heading skips to ${heading.tagName}: ${heading.textContent}`);
    level = next;
  }
  for (const table of every('table')) {
    if (table.querySelector('thead th') === null) faults.push('a table without heads');
  }
  for (const head of every('th')) if (!head.hasAttribute('scope')) faults.push(`th without scope: ${head.textContent}`);
  for (const row of every('tbody tr'))
    if (row.querySelector('th[scope=row]') === null) faults.push('a row without a head');
  for (const picture of every('svg, img')) {
    const hidden = picture.getAttribute('aria-hidden') === 'true';
    const named = (picture.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .some((id) => (document.getElementById(id)?.textContent ?? '') !== '');
    if (!hidden && !named) faults.push('a picture without a name');
  }
  for (const field of every('input:not([type=hidden]), select')) {
    if (document.querySelector(`label[for="${field.id}"]`) === null) faults.push(`no label: ${field.id}`);
  }
  for (const part of every('nav, [aria-labelledby], [role=group], [role=region]')) {
    const labelled = part.getAttribute('aria-labelledby')?.split(' ')[0] ?? null;
    const named = labelled === null ? part.getAttribute('aria-label') : document.getElementById(labelled)?.textContent;
    if ((named ?? '') === '') faults.push(`${part.tagName} without a name`);
  }
  for (const link of every('a')) {
    if ((link.textContent ?? '').trim() === '') faults.push(`a link without text: ${link.outerHTML}`);
    const to = link.getAttribute('href') ?? '';
    if (to.startsWith('#') && document.getElementById(to.slice(1)) === null) faults.push(`leads nowhere: ${to}`);
  }
  for (const cell of every('td.day')) {
    if ((cell.querySelector('.vh')?.textContent ?? '') === '') faults.push('a day without a word');
  }
  return faults;
}

/** What has the focus: its id and text, how far down it is, and whether a reader can see that. */
function focused() {
  const element = document.activeElement ?? document.body;
  const { top, width } = element.getBoundingClientRect();
  const seen = getComputedStyle(element).outlineStyle !== 'none' && width > 0;
  return { id: element.id, text: element.textContent, top: top + scrollY, seen };
}

/** Pixels that the page is wider than the window. */
function overflow() {
  return document.documentElement.scrollWidth - innerWidth;
}

function fontFamily() {
  return getComputedStyle(document.body).fontFamily;
}

globalThis.reader = { lowContrasts, unreadable, focused, overflow, fontFamily };
