/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { writeFileSync } from 'node:fs';
import type { Config } from '#config/config.ts';
import type { ModelConfig } from '#config/model.ts';
import { costOf } from '#core/batch/cost.ts';
import { CHECKPOINTS_KEPT_DAYS } from '#core/training/agent/snapshot.ts';
import { familiesFor, machinesFor, needOf } from '#core/training/machines.ts';
import { MACHINES } from '#core/training/prices.ts';
import { idleBill, type Item, KEPT, total, words } from './proofs/bill.ts';
import { synthesise } from './proofs/synthesise.ts';
import { type Price, PRICES, SECONDS_A_MONTH } from './prices.ts';
import { LINE_BYTES, perMillion } from './proofs/request-cost.ts';
import { ASSUMED, RECORD_KB, TRAFFIC, watchingBill } from './proofs/watching-bill.ts';

const zip = { packaging: 'zip' } as const;
const gated: ModelConfig = {
  evaluation: { data: 's3://our-lake/heldout.csv', label: 'digit' },
  gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
};
const trained = { source: 'trainers/optimize' } as const;
/** Without it, a model's training is the laptop's. */
const trains = { dev: { training: {} } };
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666';

/** As the bill of a month of it has it. */
const WATCH: ModelConfig['watch'] = {
  accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'notify' },
  drift: { then: 'notify' },
};

/** What a stage may have, each beside the plainest one. */
export const STAGES: Readonly<Record<string, Config>> = {
  'one model': { models: { digits: {} } },
  'one model, `zip`': { models: { digits: zip } },
  'with `encryptionKey`': { models: { digits: {} }, stages: { dev: { encryptionKey: KEY } } },
  "with `api.type: 'rest'`": { models: { digits: zip }, stages: { dev: { api: { type: 'rest' } } } },
  'with `dashboard`': { models: { digits: zip }, stages: { dev: { dashboard: true } } },
  'with `alarms: false`': { models: { digits: { ...zip, alarms: false } } },
  'with `batch`': { models: { digits: { ...zip, batch: {} } } },
  'with `gates`': { models: { digits: { ...zip, ...gated } } },
  'with `gates` and `watch.accuracy`': {
    models: {
      digits: {
        ...zip,
        ...gated,
        feedback: true,
        watch: { accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'rollback' } },
      },
    },
  },
  'with `watch`': { models: { digits: { ...zip, feedback: true, capture: { percent: 10 }, watch: WATCH } } },
  'with `training`': { models: { digits: { ...zip, training: trained } }, stages: trains },
  'with `training` of an image elsewhere': {
    models: { digits: { ...zip, training: { image: 'our/trainer:3' } } },
    stages: trains,
  },
  "with `training` and `network: 'private'`": {
    models: { digits: { ...zip, training: trained } },
    stages: { dev: { training: { network: 'private' } } },
  },
  'with `training` on several machines': {
    models: { digits: { ...zip, training: { ...trained, instances: 2 } } },
    stages: trains,
  },
  'with every alarm': {
    models: { digits: { ...zip, reservedConcurrency: 10, alarms: { p50: 50, p90: 100, coldStarts: 5 } } },
  },
  'ten models': {
    models: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`model-${index}`, zip])),
  },
  'with `snapStart`, one version': { models: { digits: { snapStart: true } } },
  'with `provisionedConcurrency: 1`': { models: { digits: { ...zip, provisionedConcurrency: 1 } } },
};

/** The monthly bill of a stage that nobody calls. */
export function billOf(config: Config): Item[] {
  const { registry, inference } = synthesise(config);
  return idleBill(registry, inference);
}

/** GB of a machine's disk where nobody says. */
const VOLUME_GB = 100;
/** Of a training of a day: twenty while its age grows by a twentieth from look to look, and then one every ten minutes. */
const TRAINING_LOOKS = 300;

/** Of the function of releases. */
const MEMORY_GB = 1769 / 1024;
/** A state and the choice behind it: eleven tasks, a bake and its look for each of two steps. */
const RELEASE_TRANSITIONS = 40;

const usd = (value: number): string => value.toFixed(2);

/** Of a GB of checkpoints: as it is, and for a day more as an older version. */
const checkpointGb = (): number => (PRICES.s3Storage.usd * (CHECKPOINTS_KEPT_DAYS + 1) * 86_400) / SECONDS_A_MONTH;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const idleTable = (): string =>
  table(
    ['stage', 'USD a month', 'for'],
    Object.entries(STAGES).map(([name, config]) => {
      const items = billOf(config);
      return [name, usd(total(items)), items.map(words).join(', ')];
    }),
  );

const requestTable = (): string =>
  table(
    ['milliseconds a request', 'HTTP API', 'REST API'],
    [10, 50, 100, 300].map((ms) => [String(ms), usd(perMillion(ms, 'http')), usd(perMillion(ms, 'rest'))]),
  );

/** A shard of a minute, at the pace of one worker. */
const SHARD_SECONDS = 60;

/** USD of a million rows of a large file, at so many rows a second of one worker of 1769 MB. */
const perMillionRows = (rowsPerSecond: number, architecture: 'arm64' | 'x86_64'): number => {
  const seconds = 1e6 / rowsPerSecond;
  return costOf({ seconds, shards: seconds / SHARD_SECONDS }, { memory: 1769, architecture });
};

const fileTable = (): string =>
  table(
    ['rows a second of one worker', 'arm64', 'x86_64'],
    [1_000, 10_000, 100_000, 1_000_000].map((pace) => [
      pace.toLocaleString('en-US'),
      perMillionRows(pace, 'arm64').toPrecision(2),
      perMillionRows(pace, 'x86_64').toPrecision(2),
    ]),
  );

/** What a training may ask for, and the cheapest and dearest machine that it then gets. */
const TRAINERS = {
  'two vCPUs, 4 GB': {},
  'six vCPUs, 28 GB': { resources: { cpus: 6, memory: 28_000 } },
  'one GPU': { resources: { gpus: 1 } },
  'one GPU, six vCPUs, 28 GB': { resources: { gpus: 1, cpus: 6, memory: 28_000 } },
  'four GPUs': { resources: { gpus: 4, cpus: 32, memory: 128_000 } },
} as const;

const machineTable = (): string =>
  table(
    ['what it asks for', 'machines', 'USD an hour, on demand'],
    Object.entries(TRAINERS).map(([name, options]) => {
      const need = needOf(options);
      const types = machinesFor([need], familiesFor(need));
      const prices = types.map((type) => MACHINES.get(type)?.usd ?? 0);
      return [name, types.join(', '), `${Math.min(...prices).toFixed(3)} to ${Math.max(...prices).toFixed(3)}`];
    }),
  );

const priceTable = (): string =>
  table(
    ['what', 'USD', 'for one', 'published', 'AWS’s page', 'read'],
    Object.entries<Price>(PRICES).map(([name, { usd: price, unit, source, date, read }]) => [
      name,
      price.toFixed(10).replace(/0+$/, '').replace(/\.$/, ''),
      unit,
      date,
      source,
      read ?? 'there',
    ]),
  );

/** A month with one model that is watched, at the traffic that the page states. */
export function watchingItems(): Item[] {
  const [watched, plain] = ['with `watch`', 'one model, `zip`'].map((name) => synthesise(STAGES[name] ?? {}).inference);
  return watchingBill(watched ?? {}, plain ?? {});
}

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

function watchTable(): string {
  const items = watchingItems();
  const rows = items.map(({ what, quantity, usd: price }) => [what, count(quantity), price.toFixed(3)]);
  return table(['what', 'how many', 'USD'], [...rows, ['all of it', '', total(items).toFixed(2)]]);
}

/** The whole page. */
export const costPage = (): string => `# What it costs

Computed from the synthesised templates by \`npm run cost-page\`, with the prices below: us-east-1, no free tier taken off.
A resource that has neither a price nor a reason to be free makes the test fail, so nothing is forgotten in silence. These
are the templates and the published prices, not the bill of an account (decision 12: asserted on the template).

## Nobody calls

${idleTable()}

- Kept are ${KEPT.modelsGb} GB of models in S3 and, where there is an image, ${KEPT.imagesGb} GB of images in ECR: that much is assumed.
- A trainer's image has ${KEPT.trainerGb} GB of images besides: of each model that has a \`source\`, as that much is assumed too. Old ones stay until you delete them.
- A model has five alarms unless it is configured otherwise, the API of a stage one, batch inference, releases, trainings and monitoring three each.
- While nothing trains there is no machine. \`network: 'private'\` has six endpoints in one zone, several machines one, as their containers have no public address.
- The alarm on accuracy is one on a formula, and priced by the two statistics that it fetches.
- A customer-managed key is made by you, and may serve more than this. An account's first three dashboards are free.
- Functions, APIs, logs, the topic and the weekly call that keeps a function active cost by use: less than a cent a month.
- \`provisionedConcurrency\` and \`snapStart\` are paid for by the hour for each version that has them, whoever calls.

## Somebody calls

USD for a million requests, arm64 with 1769 MB, one request an execution: Lambda, API Gateway, and logs (a request's line of
metrics has at most ${LINE_BYTES.metrics} bytes, what Lambda writes about it ${LINE_BYTES.lambda}, the access log's line ${LINE_BYTES.access}).

${requestTable()}

Each model has three custom metrics (requests, errors, latency), and a fourth with \`alarms.coldStarts\`:
${usd(PRICES.customMetric.usd)} USD a month each where data comes in every hour, in proportion where it comes in fewer, and nothing while
nobody calls. The version is no dimension, so a release adds none. \`accessLogs: false\` leaves out that line.

## Files come in

USD for a million rows of a file that is large enough to be cut into shards of a minute: Lambda with 1769 MB, the transitions of the
workflow, and S3's requests. A job says before it begins what it is estimated to cost, and \`costCap\` refuses what would cost more.

${fileTable()}

Each shard costs ${costOf({ seconds: 0, shards: 1 }, { memory: 1769, architecture: 'arm64' }).toPrecision(2)} USD besides its time, and so does each of many small files. Five custom metrics of each model whose files are
scored (rows, bad rows, pending rows, rows a second, dollars) cost as those of requests do.

## Versions are released

A release costs by what it does: Lambda by the second (${usd(PRICES.lambdaArm.usd * MEMORY_GB * 3600)} USD an hour of the function of releases), Step Functions by the transition (about
${RELEASE_TRANSITIONS} of a release with two canary steps, ${(RELEASE_TRANSITIONS * PRICES.transition.usd).toPrecision(2)} USD), a query of Logs Insights for each look at a canary, by the gigabyte of the
model's log that it reads, and a fraction of a cent for S3. While a canary bakes nothing runs. Evaluations cost as files do. With
\`feedback\` there is a custom metric more (\`Correct\`) in the hours in which truths come back, and one PUT and one line of the log for
each of them.

## Models are watched

A month with one model of which every hour something is captured and some truths come back: ${count(TRAFFIC.requests)} requests, ${TRAFFIC.captured * 100} % of them captured,
${count(TRAFFIC.truths)} truths that come one by one. Alarms, metrics, hourly runs, the function's memory and Firehose's buffers are the template's.

${watchTable()}

- Assumed are ${count(ASSUMED.event)} bytes of a captured request, and that each is a record of its own to Firehose, which bills ${RECORD_KB} KB for it (the function
  sends up to 64 together); ${ASSUMED.seconds} s of an hourly run with its start; and of S3 in a run ${ASSUMED.gets} reads, ${ASSUMED.lists} lists and ${ASSUMED.puts} writes, besides each truth's ${ASSUMED.readsOfTruth} reads.
- Truths that come several to a request, or in files, cost a fraction: most of their price is a PUT and a request for each.
- The metrics \`Requests\`, \`Errors\` and \`Latency\` are of serving, and not in it (${usd(3 * PRICES.customMetric.usd)} USD).
- A dashboard is not in it either: ${usd(PRICES.dashboard.usd)} USD, after an account's first three. Saved queries cost by the gigabyte that they read.
- Each further model has its own ${usd(2 * PRICES.customMetric.usd)} USD of metrics and ${usd(3 * PRICES.alarm.usd)} USD of alarms, and its share of the rest.

## Models are trained

A training costs what its machines do, by the second, on demand or spot (a third as a rule), and AWS Batch adds nothing. A queue has the
smallest sizes that fit its trainers (\`instanceTypes\` names other families), and takes the cheapest per vCPU of them that there is:

${machineTable()}

Besides, an hour of a machine has ${usd((PRICES.disk.usd * VOLUME_GB * 3600) / SECONDS_A_MONTH)} USD for its disk of ${VOLUME_GB} GB (\`volume\`) and, in the network \`public\`, ${PRICES.publicAddress.usd} USD for its
address; minutes in which it starts and pulls images are paid for, too. \`budget\` and the dollars that \`onnward trainings\` shows count
the trainer's hours at the dearest of these prices on demand: spot costs less, and a region other than us-east-1 up to half as much more. These
prices of EC2: g5 as published in September 2026, the others as third parties list them (lib/core/training/prices.ts).
The workflow looks at a job every 15 seconds in its first minutes and every ten minutes later: less than ${usd(TRAINING_LOOKS * 3 * PRICES.transition.usd)} USD for a day.

Checkpoints go to S3 whenever they are new, up to every \`checkpointEvery\` seconds, and expire after ${CHECKPOINTS_KEPT_DAYS} days: ${usd(checkpointGb())} USD for each GB
that was written, so 2 GB every ten minutes are ${usd(checkpointGb() * 2 * 6)} USD for an hour of training. \`budget\` does not count them: save less often what is large.

## Prices

${priceTable()}
`;

if (import.meta.main) writeFileSync(new URL('../../docs/cost.md', import.meta.url), costPage());
