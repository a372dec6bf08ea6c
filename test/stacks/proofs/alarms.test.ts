import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIMENSIONS, NAMESPACE } from '#core/monitoring/metrics.ts';
import { describe, expect, test } from 'vitest';
import { root } from '../../repository/sources.ts';
import {
  alarmFindings,
  alarmsOf,
  expectedAlarms,
  modelAlarms,
  monitorAlarms,
  type Query,
  watchedBy,
  workflowAlarms,
} from './alarms.ts';
import { emittedLine, feedbackLine } from './emitted.ts';
import { property, type Resource, type Resources, resourcesOf, textOf } from './template.ts';
import { synthesiseVariants } from './variants.ts';

const STAGE = 'dev';

const stages = synthesiseVariants().map(({ name, config, inference }) => {
  return { name, resources: inference, models: Object.keys(config.models ?? {}) };
});

describe('what our own function emits', () => {
  const line = emittedLine({ ONNWARD_MODEL: 'digits' });
  const [directive] = line._aws.CloudWatchMetrics;

  test('is in one namespace, under one set of dimensions', () => {
    expect(line._aws.CloudWatchMetrics).toHaveLength(1);
    expect(directive?.Namespace).toBe(NAMESPACE);
    expect(directive?.Dimensions.map((names) => [...names].sort())).toEqual([[...DIMENSIONS].sort()]);
  });

  const ours = Object.entries(modelAlarms(STAGE, 'digits')).filter(([, { source }]) => source === 'emitted');

  const ELSEWHERE = ['cold-starts', 'accuracy', 'quality', 'drift'];

  test.each(ours.filter(([what]) => !ELSEWHERE.includes(what)))('has what the alarm %s looks at', (_, expected) => {
    expect(directive?.Namespace).toBe(expected.namespace);
    expect(directive?.Metrics.map(({ Name }) => Name)).toContain(expected.metric);
    expect(Object.fromEntries(DIMENSIONS.map((name) => [name, line[name]]))).toEqual(expected.dimensions);
  });

  test('has what the alarm accuracy looks at, in the line of a truth that came back', () => {
    const back = feedbackLine({ ONNWARD_MODEL: 'digits' });
    const [{ Namespace, Dimensions, Metrics }] = back._aws.CloudWatchMetrics as [typeof directive & object];
    const expected = modelAlarms(STAGE, 'digits')['accuracy'];
    expect([Namespace, Metrics.map(({ Name }) => Name)]).toEqual([expected?.namespace, [expected?.metric]]);
    expect(Dimensions.map((names) => [...names].sort())).toEqual([[...DIMENSIONS].sort()]);
    expect(Object.fromEntries(DIMENSIONS.map((name) => [name, back[name]]))).toEqual(expected?.dimensions);
    // A share is the average of what is 1 or 0.
    expect(back[expected?.metric ?? '']).toBe(1);
  });

  test('has what cold starts are counted by', () => {
    expect(line['coldStart']).toBe(1);
    const { resources } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
    const filters = resourcesOf(resources, 'AWS::Logs::MetricFilter').map(([, filter]) => filter);
    expect(filters).toHaveLength(1);
    const [filter] = filters as [Resource];
    expect(property(filter, 'FilterPattern')).toBe('{ $.coldStart = 1 }');
    const [made] = property<{ Dimensions: { Key: string; Value: string }[] }[]>(filter, 'MetricTransformations') ?? [];
    const wanted = modelAlarms(STAGE, 'digits')['cold-starts'];
    expect(made).toMatchObject({ MetricNamespace: wanted?.namespace, MetricName: wanted?.metric });
    expect(
      Object.fromEntries(made?.Dimensions.map(({ Key, Value }) => [Key, line[Value.replace('$.', '')]]) ?? []),
    ).toEqual(wanted?.dimensions);
  });
});

test.each(stages)('every alarm of the stage $name looks at what is there', ({ resources, models }) => {
  expect(alarmFindings(resources, STAGE, models)).toEqual([]);
});

test('every alarm that there may be is in some stage', () => {
  const made = stages.flatMap(({ resources }) =>
    alarmsOf(resources).map(([, alarm]) => textOf(property(alarm, 'AlarmName'))),
  );
  const { resources } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
  const expected = [...expectedAlarms(resources, STAGE, ['digits']).keys()];
  expect(expected.filter((name) => !made.includes(name))).toEqual([]);
  for (const of of ['batch', 'release', 'training', 'monitor']) {
    expect(expected.filter((name) => name.includes(`--${of}-`))).toHaveLength(3);
  }
});

test.each(stages)('every alarm of the stage $name tells the topic', ({ resources }) => {
  const [topic] = resourcesOf(resources, 'AWS::SNS::Topic') as [[string, Resource]];
  for (const [, alarm] of alarmsOf(resources)) {
    expect(property(alarm, 'AlarmActions')).toEqual([{ Ref: topic[0] }]);
    expect(property(alarm, 'OKActions')).toEqual([{ Ref: topic[0] }]);
  }
});

test.each(stages)('alarms of the stage $name have names of their own', ({ resources }) => {
  const names = alarmsOf(resources).map(([, alarm]) => property(alarm, 'AlarmName'));
  expect(new Set(names).size).toBe(names.length);
});

describe('an alarm that looks elsewhere is found', () => {
  type Properties = Record<string, unknown>;
  interface Dimension {
    readonly Name: string;
    readonly Value: unknown;
  }

  /** Every way to look past the metric: each field said wrongly, each dimension renamed, revalued, left out or added. */
  function mutants(alarm: Resource): [string, Properties][] {
    const properties = alarm.Properties as Properties;
    if ('Metrics' in properties) return mutantsOfFormula(properties);
    const dimensions = properties['Dimensions'] as Dimension[];
    const withDimensions = (what: string, Dimensions: readonly Dimension[]): [string, Properties] => [
      what,
      { ...properties, Dimensions },
    ];
    const fields = ['Namespace', 'MetricName', 'Statistic', 'ExtendedStatistic'].filter((name) => name in properties);
    return [
      ...fields.map((name): [string, Properties] => [name, { ...properties, [name]: `${String(properties[name])}X` }]),
      ...dimensions.flatMap(({ Name, Value }, at) => [
        withDimensions(`${Name} renamed`, dimensions.with(at, { Name: `${Name}X`, Value })),
        withDimensions(`${Name} revalued`, dimensions.with(at, { Name, Value: 'X' })),
        withDimensions(`${Name} left out`, dimensions.toSpliced(at, 1)),
      ]),
      withDimensions('a dimension more', [...dimensions, { Name: 'Extra', Value: 'X' }]),
      withDimensions('no dimension', []),
    ];
  }

  /** The same of a formula, and of each metric that it has. */
  function mutantsOfFormula(properties: Properties): [string, Properties][] {
    const queries = properties['Metrics'] as Query[];
    return queries.flatMap((query, at) => {
      const { Id, Expression, MetricStat } = query;
      const mutant = (what: string, other: object): [string, Properties] => [
        `${Id}: ${what}`,
        { ...properties, Metrics: queries.with(at, { ...query, ...other }) },
      ];
      if (!MetricStat) {
        const [counts, share] = ['labels', 'accuracy'];
        const turned = Expression?.replace(counts, '?').replace(share, counts).replace('?', share);
        return [
          mutant('another formula', { Expression: `${Expression} / 2` }),
          mutant('turned', { Expression: turned }),
        ];
      }
      const { Metric, Stat } = MetricStat;
      const { Namespace, MetricName, Dimensions = [] } = Metric;
      const metric = (what: string, other: object) =>
        mutant(what, { MetricStat: { ...MetricStat, Metric: { ...Metric, ...other } } });
      return [
        mutant('another statistic', { MetricStat: { ...MetricStat, Stat: `${Stat}X` } }),
        mutant('another name', { Id: `${Id}X` }),
        metric('another namespace', { Namespace: `${Namespace}X` }),
        metric('another metric', { MetricName: `${MetricName}X` }),
        metric('no dimension', { Dimensions: [] }),
        metric('a dimension more', { Dimensions: [...Dimensions, { Name: 'Extra', Value: 'X' }] }),
        ...Dimensions.flatMap(({ Name, Value }, index) => [
          metric(`${Name} renamed`, { Dimensions: Dimensions.with(index, { Name: `${Name}X`, Value }) }),
          metric(`${Name} revalued`, { Dimensions: Dimensions.with(index, { Name, Value: 'X' }) }),
          metric(`${Name} left out`, { Dimensions: Dimensions.toSpliced(index, 1) }),
        ]),
      ];
    });
  }

  const cases = stages.flatMap(({ name, resources, models }) =>
    alarmsOf(resources).flatMap(([id, alarm]) =>
      mutants(alarm).map(([what, Properties]) => ({
        name: `${name}: ${textOf(property(alarm, 'AlarmName'))}: ${what}`,
        findings: alarmFindings({ ...resources, [id]: { ...alarm, Properties } }, STAGE, models),
      })),
    ),
  );

  test('in each of many ways', () => {
    expect(cases.length).toBeGreaterThan(600);
    expect(cases.filter(({ name }) => name.includes('-accuracy: ')).length).toBeGreaterThan(50);
    expect(cases.filter(({ findings }) => findings.length !== 1).map(({ name }) => name)).toEqual([]);
  });

  test('if it takes another’s metric', () => {
    const { resources, models } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
    const alarms = alarmsOf(resources);
    for (const [id, alarm] of alarms) {
      for (const [other, { Properties: theirs }] of alarms) {
        if (id === other) continue;
        const AlarmName = property(alarm, 'AlarmName');
        const swapped: Resources = { ...resources, [id]: { ...alarm, Properties: { ...theirs, AlarmName } } };
        expect(alarmFindings(swapped, STAGE, models)).toHaveLength(1);
      }
    }
  });

  test('if it has a name that nobody expects', () => {
    const { resources, models } = stages[0] as (typeof stages)[0];
    const [[id, alarm]] = alarmsOf(resources) as [[string, Resource]];
    const renamed = { ...resources, [id]: { ...alarm, Properties: { ...alarm.Properties, AlarmName: 'mine' } } };
    expect(alarmFindings(renamed, STAGE, models)).toEqual([`${id}: nobody expects an alarm called mine`]);
  });
});

test('functions and aliases that alarms name are in the template', () => {
  for (const { resources } of stages) {
    const functions = resourcesOf(resources, 'AWS::Lambda::Function').map(([, fn]) => property(fn, 'FunctionName'));
    for (const [, alarm] of alarmsOf(resources)) {
      const { FunctionName } = watchedBy(alarm, resources).dimensions;
      if (FunctionName !== undefined) expect(functions).toContain(FunctionName);
    }
  }
});

describe('the page of alarms', () => {
  const page = readFileSync(join(root, 'docs', 'alarms.md'), 'utf8');

  test.each(Object.entries(modelAlarms(STAGE, 'digits')))('has %s, its metric and its source', (what, expected) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${what}\` `));
    expect(row).toContain(`\`${expected.metric}\``);
    expect(page).toContain(expected.source === 'emitted' ? '(metrics.md)' : expected.source);
  });

  test('has no other', () => {
    const [, table = ''] = page.split('## Of each model');
    const rows = [...(table.split('###')[0] ?? '').matchAll(/^\| `([\w-]+)`/gm)].map(([, what]) => what);
    expect(new Set(rows)).toEqual(new Set(Object.keys(modelAlarms(STAGE, 'digits'))));
  });

  test.each([
    ['batch', '## Of batch inference'],
    ['release', '## Of releases'],
  ] as const)('has those of the workflow %s, their metrics and sources, and no other', (of, heading) => {
    const { resources } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
    const [, table = ''] = page.split(heading);
    const alarms = workflowAlarms(resources, of);
    expect(Object.keys(alarms)).toHaveLength(3);
    for (const [what, expected] of Object.entries(alarms)) {
      expect(table).toMatch(new RegExp(`^\\| \`${what}\` .*\`${expected.metric}\``, 'm'));
      expect(table).toContain(expected.source);
    }
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| `([\w-]+)`/gm)].map(([, what]) => what);
    expect(new Set(rows)).toEqual(new Set(Object.keys(alarms)));
  });

  test('has those of monitoring, their metrics and sources, and no other', () => {
    const { resources } = stages.find(({ name }) => name === 'full') as (typeof stages)[0];
    const [, table = ''] = page.split('## Of monitoring');
    const alarms = monitorAlarms(resources);
    for (const [what, expected] of Object.entries(alarms)) {
      expect(table).toMatch(new RegExp(`^\\| \`${what}\` .*\`${expected.metric}\``, 'm'));
      expect(page).toContain(expected.source);
    }
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| `([\w-]+)`/gm)].map(([, what]) => what);
    expect(new Set(rows)).toEqual(new Set(Object.keys(alarms)));
  });

  test.each(stages)('has the metric and the source of the API’s alarm in the stage $name', ({ resources }) => {
    const expected = expectedAlarms(resources, STAGE, []).get('onnward-dev--api-errors');
    expect(page).toContain(`\`${expected?.metric}\``);
    expect(page).toContain(expected?.source);
  });
});
