import { readFile } from 'node:fs/promises';
import { COMMON, usageError, wholeNumber } from '../cli/arguments.ts';
import { BASELINE_OPTIONS, baselineHook, baselineOptions } from '../cli/baseline.ts';
import { defineCommand } from '../cli/commands.ts';
import { recordAnswers } from '../cli/golden.ts';
import { print, printJson, say } from '../cli/output.ts';
import { createProgress } from '../cli/progress.ts';
import { describeBaseline } from '../cli/describe-baseline.ts';
import { openWorkplace } from '../cli/registry.ts';
import { describeSignature } from '../cli/tensors.ts';
import { createEngine } from '#adapters/onnx/engine.ts';
import { registerFiles, type Registration } from '#adapters/local/registration.ts';
import { OnnwardError } from '#core/errors.ts';
import { readLabels } from '#core/model/labels.ts';
import type { Manifest } from '#core/model/manifest.ts';
import { preprocess } from '#core/model/preprocess.ts';

export const register = defineCommand({
  args: {
    name: { type: 'positional', required: true, description: 'Name of the model' },
    path: { type: 'positional', required: true, description: 'An .onnx file, or a folder that holds one' },
    alias: { type: 'string', valueHint: 'ALIAS', description: 'Point this alias to the new version' },
    labels: { type: 'string', valueHint: 'FILE', description: 'Class names: one a line, or JSON' },
    task: { type: 'string', valueHint: 'TASK', description: 'What it does: classification, regression, …' },
    golden: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Inputs whose answers are recorded: JSON, CSV or an image',
    },
    preprocess: { type: 'string', valueHint: 'STEPS', description: 'How files become inputs: image, or JSON' },
    exact: { type: 'boolean', description: 'Never compute rows of several requests together' },
    threads: { type: 'string', valueHint: 'N', description: 'Compute threads of a session (default 1)' },
    why: { type: 'string', valueHint: 'TEXT', description: 'The reason; recorded in the history' },
    ...BASELINE_OPTIONS,
    ...COMMON,
  },
  examples: [
    'onnward register iris examples/iris/model.onnx --alias live',
    'onnward register iris examples/iris/model.onnx --baseline examples/iris/heldout.csv --baseline-label species',
    'onnward register digits examples/digits/model.onnx --preprocess image --golden examples/digits/images/3.png',
  ],
  async run(args) {
    refuseForeignSource(args.path);
    const threads = wholeNumber('threads', args.threads, 1, 1024);
    const labels = args.labels === undefined ? undefined : await readFile(args.labels, 'utf8');
    const steps = args.preprocess === undefined ? undefined : readSteps(args.preprocess);
    const workplace = await openWorkplace(args);
    const { registry } = workplace;
    const engine = createEngine({ workers: 0 });
    const options = baselineOptions(workplace, args.name, args);
    const progress = createProgress(args.json === true);
    const serving = { ...(threads !== undefined && { threads }), ...(args.exact && { exact: true }) };
    const registration = {
      name: args.name,
      path: args.path,
      ...(args.alias !== undefined && { alias: args.alias }),
      ...(args.why !== undefined && { why: args.why }),
      serving,
      provenance: { source: 'file' },
      describe(signature) {
        if (steps) preprocess(ONE_PIXEL, { signature, preprocess: steps }); // refuses steps that do not fit
        return {
          ...(args.task !== undefined && { task: args.task }),
          ...(labels !== undefined && { labels: readLabels(labels, signature) }),
          ...(steps && { preprocess: steps }),
        };
      },
      record: (model, description) => recordAnswers(model, args.golden === undefined ? [] : [args.golden], description),
      ...(options && { baseline: baselineHook(workplace, engine, { name: args.name, serving, options, progress }) }),
    } satisfies Registration;
    const manifest = await registerFiles({ registry, engine }, registration, {
      onHash: (done, total) => progress.update('hashing', done, total),
      onUpload: (done, total) => progress.update('storing', done, total),
    }).finally(() => progress.end());
    if (args.json) printJson(manifest);
    else report(manifest, args.alias, (await registry.alias(manifest.name, 'live')) !== undefined);
  },
});

const ONE_PIXEL = { width: 1, height: 1, data: new Uint8Array(4) };

function refuseForeignSource(path: string): void {
  const scheme = /^(mlflow|sagemaker):/.exec(path)?.[1];
  if (!scheme) return;
  throw new OnnwardError(`This version of Onnward does not read ${scheme}: sources yet.`, {
    code: 'register.source',
    kind: 'invalid',
    fix: 'Export the model to an .onnx file and name that file.',
  });
}

function readSteps(text: string): NonNullable<Manifest['preprocess']> {
  if (!text.trimStart().startsWith('[')) return [{ step: text }];
  try {
    return JSON.parse(text) as NonNullable<Manifest['preprocess']>;
  } catch {
    throw usageError(
      'not_json',
      '--preprocess begins like JSON and is not.',
      'Give --preprocess image, or a JSON list of steps.',
    );
  }
}

function report(manifest: Manifest, alias: string | undefined, isLive: boolean): void {
  const { name, version, signature, golden = [] } = manifest;
  const reference = `${name}:${version}`;
  print(
    [
      `registered ${reference}${alias === undefined ? '' : `, now ${name}@${alias}`}`,
      ...describeSignature(signature),
      ...describeBaseline(manifest.baseline),
    ].join('\n'),
  );
  if (golden.length === 0) say('No golden answers are recorded: the model takes no made-up input. Give --golden FILE.');
  say(`Next: onnward show ${reference}`);
  if (alias === 'live') say('Then: onnward serve');
  else say(`Then: ${isLive ? `onnward release ${reference}` : `onnward alias ${name} live ${version}`}`);
}
