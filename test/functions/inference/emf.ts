import { Ajv } from 'ajv';
import { expect, vi } from 'vitest';
import schema from './emf.schema.json' with { type: 'json' };

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

type EmfLine = Readonly<Record<string, unknown>> & {
  readonly _aws: { readonly Timestamp: number; readonly CloudWatchMetrics: readonly Directive[] };
};

const isEmf = new Ajv({ allErrors: true }).compile(schema);

/** Bytes of a log event that CloudWatch takes metrics from, and an hour or two around now, in ms. */
const MOST_BYTES = 1_000_000;
const EARLIEST_MS = 14 * 24 * 3_600_000;
const LATEST_MS = 2 * 3_600_000;

/** Reads a line of log as CloudWatch does, and fails where it would pass over a metric. */
export function readEmf(text: string): EmfLine {
  const line = JSON.parse(text) as EmfLine;
  expect(isEmf(line), JSON.stringify(isEmf.errors)).toBe(true);
  expect(text.trimEnd()).not.toContain('\n');
  expect(Buffer.byteLength(text)).toBeLessThan(MOST_BYTES);
  const age = Date.now() - line._aws.Timestamp;
  expect(age).toBeLessThan(EARLIEST_MS);
  expect(age).toBeGreaterThan(-LATEST_MS);
  for (const { Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
    for (const name of Dimensions.flat())
      expect(line[name], name).toMatch(/^(?!:)[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/);
    for (const { Name } of Metrics) expect(valuesOf(line[Name]), Name).toBe(true);
    const names = [...Dimensions.flat(), ...Metrics.map(({ Name }) => Name)];
    expect(new Set(names).size).toBe(names.length);
  }
  return line;
}

const valuesOf = (value: unknown): boolean =>
  [value].flat().length <= 100 && [value].flat().every((one) => typeof one === 'number' && Number.isFinite(one));

/** What is written to the log from now on, by line, for as long as the spies of the test last. Lines without a metric are no EMF. */
export function emfLines(): EmfLine[] {
  const lines: EmfLine[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    const line = JSON.parse(String(chunk)) as EmfLine;
    lines.push('_aws' in line ? readEmf(String(chunk)) : line);
    return true;
  });
  return lines;
}
