import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** What `train.py` of each example wrote, against the model itself: no number in a README that the model does not earn. */
const root = join(import.meta.dirname, '../../examples');
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

interface Example {
  readonly name: string;
  readonly model: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly golden: readonly Readonly<Record<string, unknown>>[];
}

const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

describe.each(names)('examples/%s', (name) => {
  const example = JSON.parse(read(name, 'example.json')) as Example;
  const labels = read(name, 'labels.txt').trimEnd().split('\n');
  const [, ...rows] = parse(read(name, 'heldout.csv'));
  let session: InferenceSession;

  beforeAll(async () => {
    session = await InferenceSession.create(join(root, name, example.model), { intraOpNumThreads: 1 });
  });
  afterAll(() => session.release());

  /** Indexes of the classes that the model gives rows of numbers, whatever shape its input has. */
  async function predict(features: readonly (readonly number[])[]): Promise<number[]> {
    const [input] = session.inputMetadata;
    if (!input?.isTensor) throw new Error(`${name} takes no tensor`);
    const shape = [features.length, ...(input.shape.slice(1) as number[])];
    const answer = await session.run({
      [input.name]: new Tensor('float32', Float32Array.from(features.flat()), shape),
    });
    return Array.from(answer['label']!.data as BigInt64Array, Number);
  }

  test('predicts the held-out rows as well as metrics.json says', async () => {
    const predicted = await predict(rows.map((row) => row.slice(0, -1).map(Number)));
    const right = predicted.filter((label, index) => labels[label] === rows[index]!.at(-1)).length;
    expect(right / rows.length).toBeCloseTo(example.metrics['accuracy']!, 4);
    expect(example.metrics['accuracy']).toBeGreaterThan(0.95);
    expect(example.metrics['rows']).toBe(rows.length);
  });

  test('tells the same in example.json, labels.txt and metrics.json', () => {
    expect(example.name).toBe(name);
    expect(example.labels).toEqual({ probabilities: labels });
    expect(JSON.parse(read(name, 'metrics.json'))).toEqual(example.metrics);
  });

  test('has golden inputs that are held-out rows, in the shape of the input', async () => {
    const [input] = session.inputMetadata;
    for (const golden of example.golden) {
      const values = golden[input!.name] as readonly unknown[];
      expect(shapeOf(values)).toEqual([1, ...(input!.isTensor ? input!.shape.slice(1) : [])]);
      const flat = values.flat(Infinity) as number[];
      expect(rows.map((row) => row.slice(0, -1).map(Number))).toContainEqual(flat);
    }
    expect(example.golden).toHaveLength(3);
  });

  test('has a README with its accuracy, the licence of its data and a prediction', () => {
    const readme = read(name, 'README.md');
    expect(readme).toContain(`accuracy ${example.metrics['accuracy']} on the ${rows.length} held-out rows`);
    expect(readme).toMatch(/CC BY 4\.0/);
    expect(readme).toContain(`npx onnward invoke ${name}`);
  });
});

const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);
