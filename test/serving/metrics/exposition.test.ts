import { describe, expect, test } from 'vitest';
import { parseExposition } from './exposition.ts';

const histogram = (buckets: string) => `# HELP h Help.\n# TYPE h histogram\n${buckets}h_sum 1\nh_count 3\n`;

describe('the strict reader takes', () => {
  test.each([
    ['a gauge', '# HELP g A gauge.\n# TYPE g gauge\ng{a="x",b="\\"q\\" \\\\ \\n"} 1.5e-3\n'],
    ['a counter', '# HELP c_total Help.\n# TYPE c_total counter\nc_total 1\n'],
    ['a histogram', histogram('h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 3\n')],
  ])('%s', (_, text) => expect(parseExposition(text, 'text').size).toBe(1));

  test('OpenMetrics', () => {
    const text = '# HELP c Help.\n# TYPE c counter\nc_total 1\n# EOF\n';
    expect(parseExposition(text, 'openmetrics').get('c')?.samples[0]?.value).toBe(1);
  });
});

describe('the strict reader refuses', () => {
  const gauge = '# HELP g Help.\n# TYPE g gauge\n';
  test.each([
    ['a sample without a type', 'g 1\n'],
    ['a type without help', '# TYPE g gauge\ng 1\n'],
    ['a family that comes twice', `${gauge}g 1\n${gauge}g{a="1"} 1\n`],
    ['a sample of another family', `${gauge}h 1\n`],
    ['a series that comes twice', `${gauge}g{a="1",b="2"} 1\ng{b="2",a="1"} 1\n`],
    ['a label that comes twice', `${gauge}g{a="1",a="2"} 1\n`],
    ['a bare quote in a label', `${gauge}g{a="""} 1\n`],
    ['a value that is no number', `${gauge}g undefined\n`],
    ['no end of the last line', `${gauge}g 1`],
    ['a counter below zero', '# HELP c Help.\n# TYPE c counter\nc -1\n'],
    ['buckets that do not add up', histogram('h_bucket{le="1"} 4\nh_bucket{le="+Inf"} 3\n')],
    ['buckets out of order', histogram('h_bucket{le="2"} 1\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\n')],
    ['a histogram without +Inf', histogram('h_bucket{le="1"} 3\n')],
    ['a +Inf that is not the count', histogram('h_bucket{le="+Inf"} 2\n')],
  ])('%s', (_, text) => expect(() => parseExposition(text, 'text')).toThrow());

  test.each([
    ['no EOF', '# HELP c Help.\n# TYPE c counter\nc_total 1\n'],
    ['a counter named _total', '# HELP c_total Help.\n# TYPE c_total counter\nc_total_total 1\n# EOF\n'],
    ['a counter without _total', '# HELP c Help.\n# TYPE c counter\nc 1\n# EOF\n'],
    ['an empty line', '# HELP c Help.\n# TYPE c counter\n\nc_total 1\n# EOF\n'],
  ])('in OpenMetrics, %s', (_, text) => expect(() => parseExposition(text, 'openmetrics')).toThrow());
});
