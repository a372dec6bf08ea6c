import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inRepository, onnward, testFolder } from './cli.ts';

test('a configuration is read as it stands, and its example is answered', async () => {
  const [model, example] = ['iris', 'example.csv'];
  const cwd = testFolder();
  const { code, stdout, stderr } = await onnward(['init'], { cwd });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `wrote onnward.config.ts\nwrote ${example}\n` });
  expect(stderr).toContain(`onnward invoke ${model} --input ${example}`);

  const config = readFileSync(join(cwd, 'onnward.config.ts'), 'utf8');
  expect(config).toContain(`    ${model}: {`);
  expect(config.match(/^ *\/\/ /gm)!.length).toBeGreaterThan(8);

  const registered = await onnward(
    ['register', model, inRepository(`examples/${model}/model.onnx`), '--alias', 'live'],
    { cwd },
  );
  expect(registered).toMatchObject({ code: 0 });
  const answered = await onnward(['invoke', model, '--input', example], { cwd });
  expect(answered).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^row +label +probabilities\n/),
  });
});

test('nothing is overwritten without --force', async () => {
  const cwd = testFolder();
  writeFileSync(join(cwd, 'onnward.config.ts'), 'mine');
  const refused = await onnward(['init', '--json'], { cwd });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(JSON.parse(refused.stderr)).toMatchObject({
    error: { code: 'init.exists', fields: { files: ['onnward.config.ts'] } },
  });
  expect(readdirSync(cwd)).toEqual(['onnward.config.ts']);
  expect(readFileSync(join(cwd, 'onnward.config.ts'), 'utf8')).toBe('mine');

  const forced = await onnward(['init', '--force', '--json'], { cwd });
  expect(JSON.parse(forced.stdout)).toEqual({ files: ['onnward.config.ts', 'example.csv'] });
  expect(readFileSync(join(cwd, 'onnward.config.ts'), 'utf8')).toContain('defineConfig');
});
