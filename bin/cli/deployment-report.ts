import { decodeGolden } from '#core/model/golden.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { elementCount } from '#core/model/tensor.ts';
import { inputJson } from '#serving/in-process.ts';
import type { StageAtHand } from './deployment.ts';
import type { ModelOutcome } from './deployment-models.ts';
import { stagesOf } from '#config/deployment.ts';
import { style, table } from './output.ts';

/** What a deployment came to. */
export interface DeploymentReport {
  /** Where the models answer. */
  readonly url: string;
  /** Of the stacks: whether CloudFormation changed any. */
  readonly changed: boolean;
  readonly models: readonly ModelOutcome[];
}

/** What was made of a model, in one word for scripts. */
const stateOf = ({ pointed, failure }: ModelOutcome): string =>
  failure ? 'failed' : { point: 'pointed', leave: 'unchanged', wait: 'canary', none: 'unreleased' }[pointed!.action];

/** Whether the deployment found all as it should be. */
const isUnchanged = ({ changed, models }: DeploymentReport): boolean =>
  !changed && models.every(({ pointed, copied }) => !copied && pointed?.action === 'leave' && !pointed.recorded);

/** Whether anything that is deployed has still to be released. */
const waits = ({ models }: DeploymentReport): boolean =>
  models.some(({ pointed }) => pointed?.action === 'leave' && pointed.waits);

export function reportJson(at: StageAtHand, report: DeploymentReport): object {
  const { deployment, identity, storeUrl } = at;
  const models = report.models.map((outcome) => ({
    name: outcome.name,
    state: stateOf(outcome),
    live: liveOf(outcome) ?? null,
    copied: outcome.copied,
    ...(outcome.pointed && 'functionVersion' in outcome.pointed && { function: outcome.pointed.functionVersion }),
    ...(outcome.pointed?.action === 'point' && { golden: outcome.pointed.golden }),
    ...(outcome.failure && { error: outcome.failure }),
  }));
  const { url } = report;
  return { stage: deployment.stage, ...identity, store: storeUrl, url, unchanged: isUnchanged(report), models };
}

/** The first model that answers, as who has just deployed may ask it. */
export async function exampleOf(
  { registry }: StageAtHand,
  { models }: DeploymentReport,
): Promise<Manifest | undefined> {
  const answering = models.find((outcome) => liveOf(outcome) !== undefined);
  return answering && registry.manifest(answering.name, liveOf(answering)!);
}

/** For people: a line a model, where they answer, and a first question to ask. */
export function reportLines(at: StageAtHand, report: DeploymentReport, example?: Manifest): string[] {
  const rows = report.models.map((outcome) => [
    outcome.name,
    stateOf(outcome),
    String(liveOf(outcome) ?? '-'),
    noteOf(outcome, at),
  ]);
  return [
    ...(isUnchanged(report) && !waits(report) ? ['Nothing to do: all is deployed as it is configured.', ''] : []),
    table([['MODEL', 'STATE', 'LIVE', ''], ...rows]),
    ...failureLines(report),
    '',
    `Models answer at ${style('bold', report.url)}, their versions are in ${at.storeUrl}`,
    ...(example ? ['Try:', `  ${invokeLine(example, at)}`] : []),
  ];
}

const liveOf = ({ pointed }: ModelOutcome): number | undefined =>
  pointed && (pointed.action === 'point' || pointed.action === 'leave') ? pointed.version : undefined;

function noteOf({ name, pointed, failure, versions = [] }: ModelOutcome, { storeUrl }: StageAtHand): string {
  if (failure || !pointed) return 'see below';
  if (pointed.action === 'point') return goldenNote(pointed.golden);
  if (pointed.action === 'leave')
    return pointed.waits ? 'newer code or settings wait: a release moves live to them' : '';
  if (pointed.action === 'wait') return 'a canary is under way: live is left alone';
  if (versions.length === 0) return `Next: onnward register ${name} PATH --store ${storeUrl}, then deploy again`;
  return `has versions ${versions.join(', ')}, none live. Next: onnward deploy ${name}:${versions.at(-1)}`;
}

/** What went wrong with each model that did. */
const failureLines = ({ models }: DeploymentReport): string[] =>
  models.flatMap(({ name, failure }) =>
    failure ? ['', `${name}: ${failure.message}`, ...(failure.fix ? [`  fix:  ${failure.fix}`] : [])] : [],
  );

function goldenNote({ compared, skipped }: { readonly compared: number; readonly skipped: number }): string {
  const left = skipped > 0 ? `, ${skipped} too large to send` : '';
  if (compared === 0) return `warmed up; no golden answers were compared${left}`;
  return `answers as recorded (${compared} golden ${compared === 1 ? 'case' : 'cases'}${left})`;
}

/** Numbers that a person copies in one line. */
const MOST_ELEMENTS = 64;

function invokeLine({ name, golden, signature }: Manifest, { deployment, workplace }: StageAtHand): string {
  const [first] = stagesOf(workplace.config);
  const stage = deployment.stage === first ? '' : ` --stage ${deployment.stage}`;
  const command = `onnward invoke ${name} --remote${stage}`;
  const [question] = decodeGolden(golden, signature);
  const size = question?.inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0) ?? Infinity;
  if (size > MOST_ELEMENTS) return `${command} --input FILE`;
  const inputs = signature.inputs.map((spec, index) => inputJson({ name: spec.name, ...question!.inputs[index]! }));
  const body = `{"inputs":[${inputs.join(',')}]}`.replaceAll("'", String.raw`'\''`);
  return `echo '${body}' | ${command} --input -`;
}
