import { OnnwardError } from '#core/errors.ts';

/** What Lambda says of a call: how long it may still go on. */
export interface Remaining {
  getRemainingTimeInMillis(): number;
}

export interface EachOptions {
  /** @default - a call takes as long as it takes */
  readonly remaining?: Remaining | undefined;
  /** Milliseconds since 1970: by the hour another one is the first. */
  readonly now: number;
}

/**
 * Does something for each model, one after the other, as each may take the memory that there is. None has more than half of the
 * time that is left, so that one that never ends keeps no other from its turn. What failed of which.
 */
export async function forEachModel(
  models: readonly string[],
  { remaining, now }: EachOptions,
  work: (model: string) => Promise<void>,
): Promise<ReadonlyMap<string, unknown>> {
  const failures = new Map<string, unknown>();
  for (const model of turned(models, Math.floor(now / HOUR_MS))) {
    try {
      await within(work(model), model, remaining && remaining.getRemainingTimeInMillis() / 2);
    } catch (error) {
      failures.set(model, error);
    }
  }
  return failures;
}

const HOUR_MS = 3_600_000;

function turned(models: readonly string[], hour: number): readonly string[] {
  const first = hour % Math.max(models.length, 1);
  return [...models.slice(first), ...models.slice(0, first)];
}

/** What is recorded of it stands: the next call goes on with it. */
async function within(work: Promise<void>, model: string, ms: number | undefined): Promise<void> {
  if (ms === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong(model, ms)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const tooLong = (model: string, ms: number): OnnwardError =>
  new OnnwardError(`it took over ${Math.round(ms / 1000)} s, half of the time that was left`, {
    code: 'monitor.failed',
    kind: 'unavailable',
    fix: `Run \`onnward monitor ${model} --stage STAGE --now\` to see whether it ends alone.`,
    fields: { model },
  });
