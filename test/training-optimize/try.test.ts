import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { example, newPlace, optimized } from '../core/training/optimize/support/place.ts';
import { realOptimizer } from './optimizer.ts';
import { optimizationLines } from '../../bin/cli/optimize-lines.ts';
import { root } from '../repository/sources.ts';

test.each([
  ['cnn', '/tmp/g-cnn/model.onnx', 'latency'],
  ['digits', join(example('digits'), 'model.onnx'), 'size'],
  ['dense', '/tmp/g-dense/model.onnx', 'size'],
] as const)('%s', async (name, path, prefer) => {
  const place = await newPlace({ data: `file:${join(example('digits'), 'heldout.csv')}`, label: 'digit' });
  const manifest = await place.register(name, path, {
    labels: { probabilities: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  });
  const t = performance.now();
  const document = await optimized(
    place,
    manifest,
    { prefer, calibration: `file:${join(root, 'trainers/data/digits/train.csv')}` },
    realOptimizer(place.store),
  );
  writeFileSync(`/tmp/g-${name}.json`, JSON.stringify(document, undefined, 2));
  writeFileSync(`/tmp/g-${name}.svg`, (await place.store.get(`training/${name}-t1/optimization.svg`))!.bytes);
  console.log(
    ((performance.now() - t) / 1000).toFixed(0) +
      ' s\n' +
      [...optimizationLines(document), ...document.notes].join('\n'),
  );
});
