import { METRICS } from '#core/evaluation/metrics.ts';
import { type MetricDifference, pairedDifference } from '#core/evaluation/paired-difference.ts';
import { invalid } from '#core/errors.ts';
import { compareVersions } from '#core/release/evaluation/compare.ts';
import type { Evidence } from '#core/release/evaluation/report.ts';
import { type EvaluationOptions, parseReleaseOptions } from '#core/release/options.ts';
import { COMMON } from '../cli/arguments.ts';
import { defineCommand } from '../cli/commands.ts';
import { evaluationWorld } from '../cli/evaluation-world.ts';
import { print, printJson, say, table } from '../cli/output.ts';
import { openWorkplace } from '../cli/registry.ts';
import { fileUrl, optionsHere } from '../cli/release-function.ts';

export const compare = defineCommand({
  args: {
    a: { type: 'positional', required: true, description: 'One version: name, name@alias or name:version' },
    b: { type: 'positional', required: true, description: 'The one to compare with it' },
    data: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Held-out rows: CSV, JSONL, Parquet (default: as the configuration says)',
    },
    label: { type: 'string', valueHint: 'COLUMN', description: 'The column that holds the truth' },
    ...COMMON,
  },
  examples: [
    'onnward compare iris:1 iris:2',
    'onnward compare iris iris:2 --data examples/iris/heldout.csv --label species',
  ],
  async run(args) {
    const workplace = await openWorkplace(args);
    const { registry, config, folder } = workplace;
    const [a, b] = await Promise.all([registry.resolve(args.a), registry.resolve(args.b)]);
    const options = evaluationOf(b.name, optionsHere(config, folder)[b.name]?.evaluation, args);
    const evidence = await compareVersions(evaluationWorld(workplace), {
      challenger: b.manifest,
      champion: a.manifest,
      options,
    });
    const differences = differencesOf(evidence);
    if (args.json)
      printJson({ a: `${a.name}:${a.version}`, b: `${b.name}:${b.version}`, ...evidence.report, differences });
    else print(described(`${a.name}:${a.version}`, `${b.name}:${b.version}`, evidence, differences));
    for (const note of evidence.report.notes ?? []) say(`note: ${note}`);
  },
});

interface DataArguments {
  readonly data?: string | undefined;
  readonly label?: string | undefined;
}

function evaluationOf(
  model: string,
  configured: EvaluationOptions | undefined,
  { data, label }: DataArguments,
): EvaluationOptions {
  const said = {
    ...configured,
    ...(data !== undefined && { data: fileUrl(data, process.cwd()) }),
    ...(label !== undefined && { label }),
  };
  if (said.data === undefined || said.label === undefined) throw noData(model);
  return parseReleaseOptions({ evaluation: said }, 'the options').evaluation as EvaluationOptions;
}

const noData = (model: string) =>
  invalid('compare.no_data', `There are no held-out rows to compare versions of ${model} on.`, {
    fix: `Give --data FILE and --label COLUMN, or set models.${model}.evaluation in onnward.config.ts.`,
    fields: { model },
  });

/** Of every metric that both versions have; for the same version there is none. */
function differencesOf({ report, rows }: Evidence): MetricDifference[] {
  const { challenger, champion } = report;
  if (!champion) return [];
  return METRICS.map(({ name }) => name)
    .filter((name) => typeof challenger.metrics[name] === 'number' && typeof champion.metrics[name] === 'number')
    .map((name) => pairedDifference(name, rows));
}

function described(a: string, b: string, { report }: Evidence, differences: readonly MetricDifference[]): string {
  const { quality, challenger, champion } = report;
  const rows = `${quality.rows - quality.bad} rows${quality.bad > 0 ? `, ${quality.bad} bad` : ''}`;
  const heading = ['metric', a, b, 'difference', '95 % interval'];
  const lines = differences.map(({ metric, champion: before, challenger: now, difference, low, high }) => [
    metric,
    number(before),
    number(now),
    number(difference),
    low === null || high === null ? '-' : `${number(low)} to ${number(high)}`,
  ]);
  const latency = ['latency p50, ms', p50(champion?.latencies), p50(challenger.latencies), '', ''];
  const size = ['size, bytes', String(champion?.size ?? '-'), String(challenger.size), '', ''];
  return `${rows}\n${table([heading, ...lines, latency, size])}`;
}

const number = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(4))));

/** To a tenth of a microsecond: what is finer differs each time. */
function p50(times: readonly number[] = []): string {
  const sorted = times.toSorted((x, y) => x - y);
  const median = sorted[Math.floor(sorted.length / 2)];
  return median === undefined ? '-' : String(Number(Number(median.toPrecision(3)).toFixed(4)));
}
