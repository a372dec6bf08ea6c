import { expect, test } from 'vitest';
import type { StageStatus } from '#adapters/aws/stage-status.ts';
import { aspectsOf } from '#core/deployment/aspects.ts';
import { conditionOf, type DeployedModel } from '#core/deployment/condition.ts';
import { stageLines } from '../../bin/cli/stage-lines.ts';

const modelStatus = (model: DeployedModel) => ({ ...model, condition: conditionOf(model), aspects: aspectsOf(model) });

const STAGE: StageStatus = {
  stacks: [{ name: 'onnward-dev', status: 'UPDATE_COMPLETE', changedAt: '2026-11-22T10:00:00.000Z', outputs: {} }],
  store: 's3://bucket',
  url: 'https://api',
  models: [
    modelStatus({
      stage: 'dev',
      model: 'iris',
      traffic: { to: 'two', functionVersion: '7', version: 3 },
      state: 'Active',
      recorded: 3,
      challenger: { functionVersion: '9', version: 4, weight: 10 },
      release: { release: 'iris-r3', version: 4 },
      previous: { version: 2, functionVersion: '5', state: 'Failed', stateReason: 'ImageDeleted' },
      feedback: 'on',
      missing: [],
    }),
    modelStatus({ stage: 'dev', model: 'digits', traffic: { to: 'nothing' }, missing: [] }),
  ],
  alarms: [],
};

test('a stage is told model by model, what releases made of it below it, and all next steps behind', () => {
  expect(stageLines(STAGE).join('\n')).toMatchInlineSnapshot(`
    "models answer at https://api
    versions are in s3://bucket

    STACK        STATUS           CHANGED
    onnward-dev  UPDATE_COMPLETE  2026-11-22T10:00:00.000Z

    ok       iris serves version 3, and a canary beside it (7 of the function)
    ok         canary      version 4 (9 of the function) gets 10 % of the requests, by iris-r3
    ok         release     iris-r3 (iris:4) is under way
    failure    previous    version 2 (5 of the function) is Failed: ImageDeleted: a rollback would fail
    ok         feedback    on
    warning  digits answers 503: no version is live yet
    next, for iris: Run \`onnward watch iris-r3 --stage dev\`.
    next, for iris: Release it, or another one, again: \`onnward release iris:2 --stage dev\`.
    next, for digits: Run \`onnward deploy digits:VERSION\`, with a version of the registry.

    0 alarms, none raised"
  `);
});
