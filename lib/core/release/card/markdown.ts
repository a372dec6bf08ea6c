import { typeOf } from '../../model/tensor.ts';
import type { EvaluationReport } from '../evaluation/report.ts';
import type { GateResult } from '../result.ts';
import type { CardPart, ModelCard } from './card.ts';
import type { Plot } from './plots.ts';

/** A model card for people, in Markdown; `plots` lie beside it. */
export function markdownOf(card: ModelCard, plots: readonly Plot[]): string {
  return [
    ...heading(card),
    ...signature(card),
    ...(card.evaluation ? evaluation(card.evaluation) : ['## Evaluation', '', 'It was not evaluated.', '']),
    ...plots.flatMap(({ title, file }) => [`![${title}](${file})`, '']),
    ...card.parts.flatMap(part),
    ...decisions(card),
    ...provenance(card),
  ].join('\n');
}

function heading({ model, version, release, end }: ModelCard): string[] {
  const { champion, actor, at, why, trigger } = release;
  const against = champion === undefined ? 'Nothing was live before it.' : `Version ${champion} was live.`;
  return [
    `# ${model}:${version}`,
    '',
    `**${end.state}** by release ${release.release}, ${end.at}. ${text(end.reason)}`,
    '',
    `Begun by ${text(actor)} (${trigger}), ${at}${why === undefined ? '' : `: ${text(why)}`}. ${against}`,
    '',
  ];
}

function signature({ manifest }: ModelCard): string[] {
  const { inputs, outputs } = manifest.signature;
  const rows = [
    ...inputs.map((spec) => ['input', spec.name, typeOf(spec)]),
    ...outputs.map((spec) => ['output', spec.name, typeOf(spec)]),
  ];
  return ['## Signature', '', ...table(['', 'tensor', 'type'], rows), ''];
}

function evaluation({ data, quality, task, challenger, champion, slices, sampled }: EvaluationReport): string[] {
  const good = quality.rows - quality.bad;
  const of = sampled === undefined ? '' : `, of which a sample of ${sampled} stands for all in intervals`;
  return [
    '## Evaluation',
    '',
    `A ${task} on ${good} held-out rows of \`${data.store}/${data.key}\`${of}; ${quality.bad} bad, ${quality.duplicates} duplicates.`,
    '',
    ...table(
      ['metric', `version ${challenger.version}`, ...(champion ? [`version ${champion.version}`] : [])],
      Object.entries(challenger.metrics).map(([name, value]) => [
        name,
        number(value),
        ...(champion ? [number(champion.metrics[name] ?? null)] : []),
      ]),
    ),
    '',
    `Size ${challenger.size} bytes${champion ? `, before ${champion.size}` : ''}.`,
    '',
    ...sliceTable(slices),
  ];
}

/** The first metric that each slice has; all of them are in the JSON. */
function sliceTable(slices: EvaluationReport['slices']): string[] {
  const metric = Object.keys(slices[0]?.challenger ?? {})[0];
  if (metric === undefined) return [];
  const rows = slices.map(({ column, value, rows: count, challenger, champion }) => [
    `${column} = ${value}`,
    String(count),
    number(challenger[metric] ?? null),
    champion ? number(champion[metric] ?? null) : '',
  ]);
  return ['### Slices', '', ...table(['slice', 'rows', metric, 'before'], rows), ''];
}

const part = ({ part: name, results }: CardPart): string[] => [
  `## ${name}`,
  '',
  ...table(
    ['', 'rule', 'found'],
    results.map(({ verdict, name: rule, sentence }: GateResult) => [verdict, rule, sentence]),
  ),
  '',
];

function decisions({ decisions: waits }: ModelCard): string[] {
  if (waits.length === 0) return [];
  const rows = waits.map(({ wait, decision }) => [
    wait.of,
    wait.reason,
    decision ? `${decision.decision} by ${decision.actor}, ${decision.at}: ${decision.reason}` : 'nobody decided',
  ]);
  return ['## Decisions', '', ...table(['at', 'asked', 'answer'], rows), ''];
}

function provenance({ manifest, release }: ModelCard): string[] {
  return [
    '## Provenance',
    '',
    `Registered ${manifest.createdAt}. SHA-256 of the manifest: \`${release.manifest}\`.`,
    '',
    baseline(manifest),
    '',
    ...table(
      ['file', 'bytes', 'SHA-256'],
      manifest.files.map(({ path, size, sha256 }) => [path, String(size), sha256]),
    ),
    '',
    ...(release.carried
      ? ['What another store said of the same bytes (not relied on):', '', ...json(release.carried)]
      : []),
    ...json(manifest.provenance),
  ];
}

/** What live rows are compared with. */
function baseline({ baseline: { profile, why } = {} }: ModelCard['manifest']): string {
  if (!profile) return `It has no baseline: drift of live rows is not told.${why === undefined ? '' : ` ${text(why)}`}`;
  const truth = profile.label === undefined ? 'without truths' : `with the truth in ${text(profile.label)}`;
  return `Live rows are compared with a baseline of ${profile.rows} rows, ${truth}: \`${profile.key}\`.`;
}

const json = (value: unknown): string[] => ['```json', JSON.stringify(value, undefined, 2), '```', ''];

const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`;

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(heading), `|${heading.map(() => ' --- ').join('|')}|`, ...rows.map(line)];
}

/** Text of anybody's in a cell: it makes neither columns, lines, tags nor links. */
const text = (value: string): string =>
  value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|`*_[\]<>]/g, (character) => `\\${character}`);

const number = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(6))));
