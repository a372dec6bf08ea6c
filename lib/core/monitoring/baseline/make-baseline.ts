import { invalid } from '../../errors.ts';
import { scoreRows, type Locate } from '../../scoring/score.ts';
import { redactedOf } from '../capture/line.ts';
import { redactionsOf } from '../capture/redaction.ts';
import { columnsOf } from '../features/columns-of.ts';
import { featurePlan } from '../features/plan.ts';
import { mergeProfiles } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import { batchRowsOf } from './batch-rows.ts';
import { findRows, type FoundRows } from './find-rows.ts';
import { ProfileSink, type Profiling, type ShardProfile } from './profile-sink.ts';
import { type BaselineModel, type BaselineOptions, type BaselineWorld, DEFAULTS } from './request.ts';
import { spread } from './shards.ts';
import { truthReader } from './truths.ts';
import { type BaselineProfile, writeBaseline } from './write-baseline.ts';

/** A profile of rows, and what is to be said of it. */
export interface ProfiledRows {
  readonly profile: Profile;
  readonly said: Omit<BaselineProfile, 'key' | 'sha256' | 'size' | 'rows'>;
}

/** Profiles the rows that a version was trained on and writes the profile to the store, once for what it holds. Throws as `profileRows`. */
export async function makeBaseline(
  world: BaselineWorld,
  model: BaselineModel,
  options: BaselineOptions,
): Promise<BaselineProfile> {
  const { profile, said } = await profileRows(world, model, options);
  return writeBaseline(world.store, model.name, profile, said);
}

/**
 * Profiles rows, with what a version says of them. Memory is that of two profiles. Bad rows are counted; too many are
 * refused. Throws `baseline.columns`, `baseline.rows`, `baseline.empty`, `input.*`.
 */
export async function profileRows(
  world: Omit<BaselineWorld, 'store'>,
  model: BaselineModel,
  options: BaselineOptions,
): Promise<ProfiledRows> {
  const found = await findRows(world, model, options);
  const profiling = profilingOf(model, options, found);
  const { profile, shards, ...counts } = await profileShards(world, model, { options, found, profiling });
  check(model.name, options, { ...counts, label: found.label });
  const columns = columnsOf(found.shards[0]!.layout);
  const { signature, labels } = model;
  const redacted = redactedOf(redactionsOf({ signature, columns, labels }, options.sensitive ?? {}));
  const said = {
    ...(counts.bad > 0 && { bad: counts.bad }),
    ...(counts.unlabelled > 0 && { unlabelled: counts.unlabelled }),
    ...(Object.keys(columns).length > 0 && { columns: columns as NonNullable<BaselineProfile['columns']> }),
    ...(found.label !== undefined && { label: found.label }),
    ...(options.hidden !== undefined && { hidden: options.hidden }),
    ...(redacted && { redacted }),
    ...(redacted && options.keys && { hashedWith: options.keys.newest }),
    ...(shards < found.shards.length && { sampled: { shards, of: found.shards.length } }),
  };
  return { profile, said };
}

function profilingOf(
  { name: of, model, signature, labels, task }: BaselineModel,
  { output, sensitive, keys, hidden: tensor }: BaselineOptions,
  { shards, label }: FoundRows,
): Profiling {
  const given = model.signature.outputs;
  const hidden = tensor === undefined ? -1 : given.findIndex(({ name }) => name === tensor);
  const spec = given[hidden];
  const plan = featurePlan({
    signature,
    ...(labels && { labels }),
    ...(task !== undefined && { task }),
    ...(output !== undefined && { output }),
    ...(shards[0] && { columns: columnsOf(shards[0].layout) }),
    ...(sensitive && { sensitive }),
    ...(spec && { hidden: spec }),
  });
  const truthOf = label === undefined ? undefined : truthReader(plan);
  return {
    plan,
    ...(keys && { hash: (field: string, text: string) => keys.hash(of, field, text) }),
    outputs: signature.outputs.map(({ name }) => given.findIndex((output) => output.name === name)),
    ...(spec && { hidden }),
    ...(truthOf && { truthOf }),
  };
}

interface Task {
  readonly options: BaselineOptions;
  readonly found: FoundRows;
  readonly profiling: Profiling;
}

/** How many of the shards were read, and all that came of them. */
type Profiled = ShardProfile & { readonly shards: number };

async function profileShards(
  world: Omit<BaselineWorld, 'store'>,
  model: BaselineModel,
  { options, found, profiling }: Task,
): Promise<Profiled> {
  const { shards, rows } = found;
  const { mostRows = DEFAULTS.mostRows, budgetMs = Infinity } = options;
  const batchRows = await batchRowsOf(world, model, shards);
  const begun = world.now();
  let all: Profiled | undefined;
  const room = (): number => {
    const { shards: done = 1, good = 1 } = all ?? {};
    const took = (world.now() - begun) / done;
    return Math.min((mostRows - good) / Math.max(1, good / done), (budgetMs - took * done) / Math.max(1, took));
  };
  for (const index of spread(shards.length, room)) {
    const { source, layout, part } = shards[index]!;
    const events = world.formats[source.input.format].rows(source, {
      layout,
      part,
      batchRows,
      ...(model.preprocess && { preprocess: model.preprocess }),
    });
    const one = await scoreRows(events, model.model, new ProfileSink(profiling, `baseline ${index}`), unlocated);
    all = together(all, one);
    world.onProgress?.(all.good + all.bad, Math.min(rows, mostRows));
  }
  if (!all || all.good === 0) throw empty(model.name, options.data, all);
  return all;
}

/** Bad rows are counted, not kept. */
const unlocated: Locate = () => Promise.resolve({ position: -1, bytes: new Uint8Array(), length: 0 });

function together(all: Profiled | undefined, one: ShardProfile): Profiled {
  if (!all) return { ...one, shards: 1 };
  const reasons = { ...all.reasons };
  for (const [code, count] of Object.entries(one.reasons)) reasons[code] = (reasons[code] ?? 0) + count;
  return {
    profile: mergeProfiles([all.profile, one.profile]),
    shards: all.shards + 1,
    good: all.good + one.good,
    unlabelled: all.unlabelled + one.unlabelled,
    bad: all.bad + one.bad,
    reasons,
    // Rows are numbered in the file as long as nothing was passed over before them.
    examples: all.examples.length > 0 ? all.examples : one.examples,
  };
}

function check(
  name: string,
  { badRows = DEFAULTS.badRows, data }: BaselineOptions,
  { good, bad, unlabelled, reasons, examples, label }: Omit<ShardProfile, 'profile'> & Pick<FoundRows, 'label'>,
): void {
  const rows = good + bad;
  if (bad > badRows * rows) {
    const why = Object.entries(reasons).map(([code, count]) => `${code} ${count}`);
    throw invalid(
      'baseline.rows',
      `${bad} of the ${rows} rows of the baseline of ${name} are bad, more than ${percent(badRows)}: ${why.join(', ')}. ` +
        `The first: ${examples.join('; ')}.`,
      { fix: 'Correct those rows, or give the rows that the model was trained on.', fields: { data, bad, rows } },
    );
  }
  if (label === undefined || unlabelled <= badRows * good) return;
  throw invalid(
    'baseline.rows',
    `'${label}' holds no truth of ${unlabelled} of the ${good} rows of the baseline of ${name}, more than ${percent(badRows)}.`,
    {
      fix: "Name the column with the truth: classes as the model's labels have them, or numbers.",
      fields: { data, label, unlabelled, rows },
    },
  );
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

const empty = (name: string, data: string, counts: Profiled | undefined) =>
  invalid('baseline.empty', `The baseline of ${name} has no row that can be read.`, {
    fix: 'Give the rows that the model was trained on.',
    fields: { data, bad: counts?.bad ?? 0, ...(counts && { reasons: counts.reasons }) },
  });
