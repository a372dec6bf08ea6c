import {
  type ExplainedAnswer,
  type ExplanationAnswer,
  howOf,
  short,
  shownValue,
  signed,
  titleOf,
} from './explain-answer.ts';

/** Pixels. */
const LINE = 22;
const NAMES = 260;
const BARS = 360;
const MARGIN = 16;
const SIDE = 400;

/** Colours that people with any sight tell apart. */
const MORE = '#2166ac';
const LESS = '#b35806';

/** Features in a plot. */
const MOST = 20;

/** A plot of one output: bars of the features, or the heat map of a picture. */
export function explanationSvg(explanation: ExplanationAnswer, output: ExplainedAnswer): string {
  const { prediction, base } = output;
  const than = base === undefined ? '' : `, ${short(base)} on the average`;
  const title = `${titleOf(output, explanation.link)} = ${short(prediction)}${than}`;
  const { body, width, height } = output.heat ? heatOf(output.heat) : barsOf(output);
  const top = MARGIN + 2 * LINE;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + top + MARGIN}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(MARGIN, MARGIN + 12, title, 'font-weight="bold"'),
    text(MARGIN, MARGIN + LINE + 8, howOf(explanation), 'fill="#666"'),
    `<g transform="translate(0 ${top})">`,
    ...body,
    '</g>',
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

interface Drawing {
  readonly body: readonly string[];
  readonly width: number;
  readonly height: number;
}

function barsOf({ contributions = [] }: ExplainedAnswer): Drawing {
  const ordered = contributions.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, MOST);
  const most = Math.max(...ordered.map(({ contribution }) => Math.abs(contribution)), Number.MIN_VALUE);
  const middle = NAMES + BARS / 2;
  const body = ordered.flatMap(({ feature, value, contribution, error }, index) => {
    const y = index * LINE;
    const length = (Math.abs(contribution) / most) * (BARS / 2);
    const x = contribution < 0 ? middle - length : middle;
    const number = error > 0 ? `${signed(contribution)} ± ${short(error)}` : signed(contribution);
    return [
      text(NAMES - 8, y + 15, `${feature} = ${shownValue(value)}`, 'text-anchor="end"'),
      rect(x, y + 3, length, LINE - 6, contribution < 0 ? LESS : MORE),
      text(NAMES + BARS + 8, y + 15, number),
    ];
  });
  const height = ordered.length * LINE;
  const axis = `<line x1="${middle}" x2="${middle}" y1="0" y2="${height}" stroke="#999"/>`;
  return { body: [...body, axis], width: NAMES + BARS + 180, height };
}

function heatOf(heat: readonly (readonly number[])[]): Drawing {
  const most = Math.max(...heat.flat().map(Math.abs), Number.MIN_VALUE);
  const columns = heat[0]?.length ?? 1;
  const size = SIDE / Math.max(columns, heat.length);
  const body = heat.flatMap((row, y) =>
    row.map((drop, x) => {
      const opacity = short(Math.abs(drop) / most);
      return rect(MARGIN + x * size, y * size, size, size, drop < 0 ? LESS : MORE, `fill-opacity="${opacity}"`);
    }),
  );
  const height = heat.length * size + LINE;
  const legend = `blue: a drop of up to ${short(Math.max(...heat.flat(), 0))} where it is hidden; brown: a rise`;
  return { body: [...body, text(MARGIN, height - 4, legend)], width: SIDE + 2 * MARGIN + 80, height };
}

const rect = (x: number, y: number, width: number, height: number, fill: string, more = ''): string =>
  `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${fill}" ${more}/>`;

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
