import type { ModelStatus } from '#adapters/aws/model-status.ts';
import type { StageStatus } from '#adapters/aws/stage-status.ts';
import { mark } from './condition.ts';
import { style, table } from './output.ts';

/** What is said of a stage that is deployed. */
export function stageLines({ stacks, store, url, models, alarms }: StageStatus): string[] {
  const raised = alarms.filter(({ state }) => state === 'ALARM');
  return [
    `models answer at ${url ?? 'no URL yet'}`,
    `versions are in ${store}`,
    '',
    table([
      ['STACK', 'STATUS', 'CHANGED'],
      ...stacks.map(({ name, status: state, changedAt }) => [name, state, changedAt]),
    ]),
    '',
    ...models.flatMap(modelLines),
    ...models.flatMap(({ model, condition, aspects }) =>
      [condition, ...aspects].flatMap(({ fix }) => (fix ? [`next, for ${model}: ${fix}`] : [])),
    ),
    '',
    raised.length === 0
      ? `${alarms.length} alarms, none raised`
      : `${raised.length} of ${alarms.length} alarms are raised:`,
    ...raised.map(({ name, since, reason }) => `  ${style('red', name)} since ${since}: ${reason}`),
  ];
}

/** Aspects are told below the model. */
function modelLines({ model, traffic, condition, aspects }: ModelStatus): string[] {
  const by = traffic && traffic.to !== 'nothing' ? ` (${traffic.functionVersion} of the function)` : '';
  return [
    `${mark(condition.level)}  ${model} ${condition.text}${by}`,
    ...aspects.map(({ aspect, level, text }) => `${mark(level)}    ${aspect.padEnd(ASPECT)}  ${text}`),
  ];
}

const ASPECT = 'evaluation'.length;
