// A template tag that escapes: what is not Html made by the tag is text, whoever it comes from. Nothing is ever trusted
// by its content.

const markup = Symbol('markup');

/** Markup made by the tag. */
export interface Html {
  readonly [markup]: string;
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** Markup with values escaped; lists are joined; null, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += written(value) + (strings[index + 1] ?? '');
  });
  return { [markup]: text };
}

/** The text of the markup, to be sent. */
export function textOf(content: Html): string {
  return content[markup];
}

/** Markup that is a constant of this program: the style sheet. Never call it with anything else. */
export function constantMarkup(text: string): Html {
  return { [markup]: text };
}

function written(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  if (isList(value)) return value.map(written).join('');
  return value[markup];
}

function isList(value: Html | readonly Content[]): value is readonly Content[] {
  return Array.isArray(value);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
