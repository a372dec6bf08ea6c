import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRepository, onnward, testFolder } from './cli.ts';

/** Runs the CDK app as the CDK command line does: its output folder and context come by the environment. */
async function synthesise(cwd: string, context: Record<string, unknown> = {}) {
  const outdir = join(cwd, 'cdk.out');
  const child = spawn(process.execPath, [inRepository('bin/app.ts')], {
    cwd,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_VALIDATION: 'false' },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr, outdir };
}

const withConfig = (config: object): string => {
  const cwd = testFolder();
  writeFileSync(join(cwd, 'onnward.config.ts'), `export default ${JSON.stringify(config)};`);
  return cwd;
};

const templates = (outdir: string): string[] =>
  readdirSync(outdir)
    .filter((file) => file.endsWith('.template.json'))
    .sort();

const zip = { packaging: 'zip', architecture: 'x86_64' };

describe('the CDK app', () => {
  test('makes the stacks of the first stage, or of the one that is asked for', async () => {
    const cwd = withConfig({ models: { iris: zip }, stages: { dev: {}, prod: { tags: { team: 'risk' } } } });
    const first = await synthesise(cwd);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(templates(first.outdir)).toEqual(['onnward-dev-registry.template.json', 'onnward-dev.template.json']);
    const other = join(cwd, 'other');
    mkdirSync(other); // The configuration of the folder above holds.
    const { outdir } = await synthesise(other, { stage: 'prod' });
    expect(templates(outdir)).toEqual(['onnward-prod-registry.template.json', 'onnward-prod.template.json']);
  });

  test('has the feature flags of its own cdk.json, wherever it is run', async () => {
    const cwd = withConfig({ models: { iris: zip } });
    const { context } = JSON.parse(readFileSync(inRepository('cdk.json'), 'utf8')) as {
      context: Record<string, unknown>;
    };
    const template = async (more: Record<string, unknown>): Promise<string> => {
      const { outdir } = await synthesise(cwd, more);
      return readFileSync(join(outdir, 'onnward-dev.template.json'), 'utf8');
    };
    const alone = await template({});
    expect(await template(context)).toBe(alone);
    // What a flag does shows: without this one statements stay apart.
    expect(await template({ '@aws-cdk/aws-iam:minimizePolicies': false })).not.toBe(alone);
  });

  test.each([
    [{}, {}, 'config.no_models'],
    [{ models: { iris: { memmory: 1 } } }, {}, 'config.invalid'],
    [{ models: { iris: zip } }, { stage: 'prod' }, 'config.no_such_stage'],
    [{ models: { iris: { ...zip, bake: true } } }, {}, 'model.not_found'],
  ])('refuses in a sentence, without a stack: %j %j', async (config, context, code) => {
    const { code: status, stderr } = await synthesise(withConfig(config), context);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`code: ${code}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('bakes the live version in', async () => {
    const cwd = withConfig({ models: { iris: { ...zip, bake: true } } });
    const model = inRepository('examples/iris/model.onnx');
    expect(await onnward(['register', 'iris', model, '--alias', 'live'], { cwd })).toMatchObject({ code: 0 });
    const { code, stderr, outdir } = await synthesise(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const files = readdirSync(outdir, { recursive: true }).map(String);
    expect(files).toContainEqual(expect.stringMatching(/registry\/models\/iris\/versions\/1\/model\.onnx$/));
    expect(readFileSync(join(outdir, 'onnward-dev.template.json'), 'utf8')).toContain('file:/var/task/registry');
  });
});
