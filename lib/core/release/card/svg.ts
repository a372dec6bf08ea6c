/** The few elements of SVG that plots are made of; text is escaped, numbers are rounded to a tenth of a pixel. */

/** Attributes; undefined ones are left out. */
type Attributes = Readonly<Record<string, string | number | undefined>>;

const rounded = (value: number): number => Math.round(value * 10) / 10;

export function element(name: string, attributes: Attributes, content = ''): string {
  const said = Object.entries(attributes).flatMap(([attribute, value]) =>
    value === undefined ? [] : [` ${attribute}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`],
  );
  return content === '' ? `<${name}${said.join('')}/>` : `<${name}${said.join('')}>${content}</${name}>`;
}

/** `anchor`: which end of the text lies at x. */
export const text = (x: number, y: number, words: string, attributes: Attributes = {}): string =>
  element('text', { x, y, 'font-size': 12, fill: '#333', ...attributes }, escaped(words));

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string =>
  element('line', { x1, y1, x2, y2, stroke: '#999', ...attributes });

export const path = (points: readonly (readonly [number, number])[], attributes: Attributes): string =>
  element('polyline', {
    points: points.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join(' '),
    fill: 'none',
    ...attributes,
  });

/** A whole drawing with its title, on white. */
export const drawing = (width: number, height: number, title: string, parts: readonly string[]): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'font-family': 'sans-serif',
    },
    [
      element('title', {}, escaped(title)),
      element('rect', { width, height, fill: '#fff' }),
      text(16, 24, title, { 'font-size': 14, 'font-weight': 'bold' }),
      ...parts,
    ].join('\n'),
  );

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string): string => words.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] as string);
