/** HTML and SVG as text. Whatever comes in as words is escaped; what comes in as content is markup already. */

/** Attributes; undefined ones are left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What no document may hold: controls but for tab and line feed, and halves of characters. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Words of anybody as text, or within an attribute. */
export const escaped = (words: string): string =>
  words
    .toWellFormed()
    .replace(UNPRINTABLE, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** Numbers are rounded to a hundredth of a pixel. */
const valueOf = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escaped(value);

/** An element with its end, whatever is in it. */
export function tag(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const said = Object.entries(attributes).flatMap(([attribute, value]) =>
    value === undefined ? [] : [` ${attribute}="${valueOf(value)}"`],
  );
  return `<${name}${said.join('')}>${content.join('')}</${name}>`;
}

/** A name that somebody else has given: in its own direction, so that it cannot turn what stands around it, and no longer than a line. */
export const named = (name: string): string => tag('bdi', {}, escaped(shortened(name, 80)));

export function shortened(words: string, most: number): string {
  const characters = Array.from(words.slice(0, 4 * most));
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/** Cells are markup. `prose`: the last ones hold sentences. */
export function tableOf(heading: readonly string[], rows: readonly (readonly string[])[], prose = false): string {
  const head = tag('tr', {}, ...heading.map((cell) => tag('th', {}, escaped(cell))));
  const body = rows.map((cells) => tag('tr', {}, ...cells.map((cell) => tag('td', {}, cell))));
  return tag(
    'div',
    { class: 'wide' },
    tag('table', prose ? { class: 'prose' } : {}, tag('thead', {}, head), tag('tbody', {}, ...body)),
  );
}

/** A number as people read it: three digits, none for what is none. */
export function shown(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** A share as percent. */
export const percent = (share: number): string =>
  `${Number((100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0))} %`;
