import { isPrecondition } from '../../registry/precondition.ts';
import type { ResultDocument } from '../documents.ts';
import type { Training } from '../training.ts';
import type { TrainingWorld } from '../world.ts';
import { type Contender, type Contenders, openContenders } from './contenders.ts';
import type { Cost, JudgedVariant, OptimizationDocument, Pick } from './document.ts';
import { fidelityGuards, verdictOf } from './guards.ts';
import { judgeHeldOut, judgeRecorded, type Judged, type Judgement, type Trial } from './judgement.ts';
import { measureCosts } from './measure.ts';
import { pickOf } from './pick.ts';
import { plotKey, plotOf } from './plot.ts';
import { type CalibrationDocument, calibrationLines, calibrationOf, heldOutOf } from './prepare.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { LeftVariant } from './variants-file.ts';

/**
 * Judges the variants that an optimizer has left against the version that they were made of, measures them all on this machine,
 * and picks one, or none; the plot of it goes into the store. Throws `training.no_variant`, `training.corrupt`,
 * `evaluation.*`, `input.*`, and what opening the version throws.
 */
export async function guardVariants(
  world: TrainingWorld,
  training: Training,
  result: ResultDocument,
): Promise<OptimizationDocument> {
  const { training: id, model, version = 0 } = training;
  const manifest = await world.registry.manifest(model, version);
  const contenders = await openContenders(world, id, manifest, result);
  try {
    const document = await judgeAll(world, training, contenders);
    await writePlot(world, id, document);
    return document;
  } finally {
    await contenders.close();
  }
}

/** The first one stands, as of all that a training records. */
async function writePlot({ store }: TrainingWorld, training: string, document: OptimizationDocument): Promise<void> {
  const plot = plotOf(document);
  if (plot === undefined) return;
  try {
    await store.put(plotKey(training), Buffer.from(`${plot}\n`), { ifAbsent: true });
  } catch (error) {
    if (!isPrecondition(error)) throw error;
  }
}

async function judgeAll(
  world: TrainingWorld,
  { model, version = 0, options }: Training,
  contenders: Contenders,
): Promise<OptimizationDocument> {
  const settings = settingsOf(options.optimize);
  const seen = await calibrationOf(world, options);
  const heldOut = heldOutOf(world, model, options.optimize);
  const variants = contenders.variants.flatMap((each) => ('contender' in each ? [each.contender] : []));
  const trial: Trial = { original: contenders.original, variants, settings };
  const judgement = heldOut
    ? await judgeHeldOut(world, trial, heldOut, new Set(seen?.names))
    : await judgeRecorded(world, trial, await calibrationLines(world, options));
  const [cost, ...costs] = (await costsOf(world, trial, judgement)) as [Cost, ...(Cost | undefined)[]];
  const entries = contenders.variants.map((each) => entryOf(each, trial, judgement, costs));
  const judged = entries.map(({ variant }) => variant);
  const name = `${model}:${version}`;
  const chosen = judgement.labelled ? pickOf(settings, cost, judged, name) : { sentence: unknown(name) };
  const entry = entries.find(({ variant }) => variant === chosen.variant);
  return {
    format: 1,
    version,
    settings,
    rows: judgement.rows,
    labelled: judgement.labelled,
    original: { cost, ...(judgement.original && { estimated: judgement.original }) },
    variants: judged,
    leftOut: contenders.leftOut.map(({ method, reason }) => ({ method, reason })),
    ...(entry && { pick: picked(entry, settings, cost) }),
    sentence: chosen.sentence,
    notes: [...calibrationNotes(seen), ...judgement.notes],
  };
}

/** A variant as it was left, and what came of it. */
interface Entry {
  readonly left: LeftVariant;
  /** @default - it could not be opened */
  readonly judged?: Judged;
  readonly variant: JudgedVariant;
}

function entryOf(
  opened: Contenders['variants'][number],
  { variants, settings }: Trial,
  judgement: Judgement,
  costs: readonly (Cost | undefined)[],
): Entry {
  const { variant: left } = opened;
  if ('refusal' in opened) return { left, variant: described(left, [opened.refusal]) };
  const index = variants.indexOf(opened.contender);
  const judged = judgement.variants[index] as Judged;
  const guards = [...fidelityGuards(judged.outputs, settings), ...judged.guards];
  return { left, judged, variant: described(left, guards, judged, costs[index]) };
}

/** The original's first. What does not answer is not measured. */
async function costsOf(
  world: TrainingWorld,
  { original, variants }: Trial,
  judgement: Judgement,
): Promise<(Cost | undefined)[]> {
  const answers = (_: Contender, index: number): boolean =>
    (judgement.variants[index]?.outputs ?? []).every(({ unanswered }) => unanswered === 0);
  const measured = [original, ...variants.filter(answers)];
  const costs = await measureCosts(world.now, measured, judgement.requests);
  return [original, ...variants].map((each) => costs[measured.indexOf(each)]);
}

function described(
  { name, method, note, settings = {} }: LeftVariant,
  guards: JudgedVariant['guards'],
  judged?: Judged,
  cost?: Cost,
): JudgedVariant {
  const { outputs = [], quality, estimated } = judged ?? {};
  return {
    name,
    method,
    ...(note !== undefined && { note }),
    settings,
    verdict: verdictOf(guards),
    guards,
    outputs,
    ...(quality && { quality }),
    ...(estimated && { estimated }),
    ...(cost && { cost }),
  };
}

function picked({ left, judged, variant }: Entry, { margin, agreement }: Settings, before: Cost): Pick {
  const { name, method, settings, note, quality, outputs, cost } = variant;
  const found = {
    method,
    settings,
    ...(note !== undefined && { note }),
    allowed: { margin, agreement },
    agreement: Object.fromEntries(outputs.map((output) => [output.output, output.agreement.value])),
    ...(quality && { quality }),
    cost: { before, after: cost },
  };
  return { name, method, folder: name, files: left.files, provenance: found, metrics: judged?.metrics ?? {} };
}

const unknown = (name: string): string =>
  `Nothing is taken, and ${name} is kept: there are no rows whose truth is known, so that nobody knows what a variant loses. ` +
  "Name them with --data FILE and --label COLUMN, or as 'evaluation' in onnward.config.ts.";

const FROM: Readonly<Record<NonNullable<CalibrationDocument['from']>, string>> = {
  calibration: 'rows of the table that was named for it',
  baseline: 'of the rows that the model was trained on',
  'held-out': 'of the held-out rows, which nothing is judged on',
};

function calibrationNotes(seen: CalibrationDocument | undefined): string[] {
  if (!seen) return ['There were no rows to calibrate static-int8 on.'];
  const { golden, rows, from } = seen;
  const parts = [
    ...(from === undefined ? [] : [`${rows} ${FROM[from]}`]),
    ...(golden === 0 ? [] : [`${golden} recorded question${golden === 1 ? '' : 's'}`]),
  ];
  return [`static-int8 is calibrated on ${parts.join(', and on ')}.`];
}
