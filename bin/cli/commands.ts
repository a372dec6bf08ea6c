import type { ArgsDef, ParsedArgs } from 'citty';

/** What a file of commands/ exports: its arguments, examples for its help, and what it does. */
export interface CommandDefinition<Args extends ArgsDef> {
  readonly args: Args;
  /** Lines that a reader can run as they stand. */
  readonly examples: readonly string[];
  /** Whether any number of words may follow; they are `args._`. @default false */
  readonly rest?: boolean;
  run(args: ParsedArgs<Args>): Promise<void>;
}

export type Command = CommandDefinition<ArgsDef>;

/** Types `run`'s arguments by the definitions beside it; `main` parses by the same, so the wider type is safe. */
export const defineCommand = <const Args extends ArgsDef>(definition: CommandDefinition<Args>): Command =>
  definition as unknown as Command;

interface Entry {
  /** One line, without its full stop. */
  readonly summary: string;
  /** A command's code, and what it stands on, is read when it runs: `onnward --help` stays quick. */
  load(): Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  dev: {
    summary: 'Registry and server on this machine, with the example models',
    load: async () => (await import('../commands/dev.ts')).dev,
  },
  serve: {
    summary: 'Serve the live version of each model, or the named ones',
    load: async () => (await import('../commands/serve.ts')).serve,
  },
  init: {
    summary: 'Write a commented onnward.config.ts and an example',
    load: async () => (await import('../commands/init.ts')).init,
  },
  register: {
    summary: 'Make the next version of a model from its files',
    load: async () => (await import('../commands/register.ts')).register,
  },
  models: {
    summary: 'List the models of the registry',
    load: async () => (await import('../commands/models.ts')).models,
  },
  show: {
    summary: 'Show what is known of one version',
    load: async () => (await import('../commands/show.ts')).show,
  },
  alias: {
    summary: 'Point an alias of a model at a version',
    load: async () => (await import('../commands/alias.ts')).alias,
  },
  history: {
    summary: 'Show who changed a model, when and why',
    load: async () => (await import('../commands/history.ts')).history,
  },
  verify: {
    summary: 'Check every hash and the chain of the history',
    load: async () => (await import('../commands/verify.ts')).verify,
  },
  invoke: {
    summary: 'Predict from JSON, CSV or images, on this machine or by a deployed model',
    load: async () => (await import('../commands/invoke.ts')).invoke,
  },
  explain: {
    summary: 'Say which features of a row a prediction comes from, and by how much',
    load: async () => (await import('../commands/explain.ts')).explain,
  },
  batch: {
    summary: 'Score files row by row: tables, images, tensors, of any size',
    load: async () => (await import('../commands/batch.ts')).batch,
  },
  batches: {
    summary: 'List batch jobs; show, resume, redrive or cancel one',
    load: async () => (await import('../commands/batches.ts')).batches,
  },
  train: {
    summary: 'Have a trainer make the next version, check it and register it',
    load: async () => (await import('../commands/train.ts')).train,
  },
  trainings: {
    summary: 'List trainings; show, follow or stop one',
    load: async () => (await import('../commands/trainings.ts')).trainings,
  },
  tune: {
    summary: 'Try hyperparameters in many trainings, and register the best model',
    load: async () => (await import('../commands/tune.ts')).tune,
  },
  optimize: {
    summary: 'Make a version smaller and faster, as far as its answers stay the same',
    load: async () => (await import('../commands/optimize.ts')).optimize,
  },
  release: {
    summary: 'Bring a version to live traffic through its gates, a canary and bakes',
    load: async () => (await import('../commands/release.ts')).release,
  },
  releases: {
    summary: 'List releases, and how each stands or ended',
    load: async () => (await import('../commands/releases.ts')).releases,
  },
  watch: {
    summary: 'Follow a release until it has ended or waits for a person',
    load: async () => (await import('../commands/watch.ts')).watch,
  },
  approve: {
    summary: 'Have a release go on, or an action of monitoring, that waits for a person',
    load: async () => (await import('../commands/approve.ts')).approve,
  },
  reject: {
    summary: 'End a release, or an action of monitoring, that waits for a person',
    load: async () => (await import('../commands/reject.ts')).reject,
  },
  abort: {
    summary: 'End a release at once, and send all traffic back',
    load: async () => (await import('../commands/abort.ts')).abort,
  },
  rollback: {
    summary: 'Send all live traffic back to the version before, in a second',
    load: async () => (await import('../commands/rollback.ts')).rollback,
  },
  compare: {
    summary: 'Compare two versions on the same rows, without releasing any',
    load: async () => (await import('../commands/compare.ts')).compare,
  },
  card: {
    summary: 'Show the model card of a released version',
    load: async () => (await import('../commands/card.ts')).card,
  },
  monitor: {
    summary: 'Look at live traffic window by window: drift, quality, alarms, actions',
    load: async () => (await import('../commands/monitor.ts')).monitor,
  },
  drift: {
    summary: 'Show which features moved against what a model was trained on',
    load: async () => (await import('../commands/drift.ts')).drift,
  },
  report: {
    summary: 'Write a page of what was found out of a model: drift, quality, slices',
    load: async () => (await import('../commands/report.ts')).report,
  },
  feedback: {
    summary: 'Show how good live answers were, send truths, turn the key of receipts',
    load: async () => (await import('../commands/feedback.ts')).feedback,
  },
  status: {
    summary: 'Show what is deployed, what answers, and which alarms are raised',
    load: async () => (await import('../commands/status.ts')).status,
  },
  doctor: {
    summary: 'Look for what stands in the way of a deployment or its models',
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
  deploy: {
    summary: 'Put the models behind an API in your own AWS account',
    load: async () => (await import('../commands/deploy.ts')).deploy,
  },
  destroy: {
    summary: 'Delete a stage from AWS; its registry of models stays',
    load: async () => (await import('../commands/destroy.ts')).destroy,
  },
};
