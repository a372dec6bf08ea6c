import { addQueries, QUERIES } from '#constructs/monitor/queries.ts';
import { CORRECT, METRICS } from '#core/monitoring/metrics.ts';
import type { InferenceService } from '#constructs/inference-service.ts';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { newStack } from '../synth.ts';
import { synthMonitor } from './synth-monitor.ts';

interface Query {
  readonly Name: string;
  readonly QueryString: string;
  readonly LogGroupNames: readonly unknown[];
}

const queriesOf = (template: Template): Query[] =>
  Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties as Query);

/** What a line of a request or of feedback may have: see docs/metrics.md. */
const FIELDS = [
  ...Object.values(METRICS).map(({ name }) => name),
  CORRECT.name,
  ...'model version functionVersion status errorCode coldStart readMs runMs writeMs loadMs rows usd @timestamp'.split(
    ' ',
  ),
];
/** Of the language itself. Source: the CloudWatch Logs user guide, "Supported operations and functions". */
const WORDS = ['filter', 'stats', 'sort', 'desc', 'by', 'as', 'ispresent', 'count', 'avg', 'max', 'pct', 'sum', 'bin'];

describe('saved queries', () => {
  test('are over the logs of the models, by names of the stage', () => {
    const queries = queriesOf(synthMonitor());
    expect(queries.map(({ Name }) => Name)).toEqual(Object.keys(QUERIES).map((name) => `onnward-dev/${name}`));
    for (const { LogGroupNames } of queries) {
      expect(LogGroupNames).toEqual([{ Ref: expect.stringMatching(/^ServiceLogs/) as string }]);
    }
  });

  test.each(Object.entries(QUERIES))('%s asks for what lines have', (_, query) => {
    const made = [...query.matchAll(/ as (\w+)/g)].map(([, name]) => name as string);
    const words = query.match(/(?<![\w@])@?[A-Za-z]\w*/g) ?? [];
    const known = new Set([...FIELDS, ...WORDS, ...made, 'datefloor']);
    expect(words.filter((word) => !known.has(word))).toEqual([]);
  });

  test('of many models are several, as one is over fifty logs', () => {
    const stack = newStack();
    const services = Array.from({ length: 51 }, (_, index) => ({ logGroup: { logGroupName: `log-${index}` } }));
    addQueries(stack, 'dev', services as unknown as InferenceService[]);
    const queries = queriesOf(Template.fromStack(stack));
    expect(queries.map(({ LogGroupNames }) => LogGroupNames.length)).toEqual([50, 50, 50, 50, 50, 1, 1, 1, 1, 1]);
    expect(new Set(queries.map(({ Name }) => Name)).size).toBe(10);
  });
});
