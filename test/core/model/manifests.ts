import type { Manifest } from '#core/model/manifest.ts';

/** A whole manifest of a small classifier, every optional field in use. */
export function wholeManifest(): Manifest {
  return {
    format: 1,
    name: 'iris',
    version: 3,
    createdAt: '2026-02-03T04:05:06.789Z',
    graph: 'model.onnx',
    files: [
      { path: 'model.onnx', sha256: 'a'.repeat(64), size: 1234 },
      { path: 'weights/part-1.bin', sha256: '0123456789abcdef'.repeat(4), size: 0 },
    ],
    signature: {
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4], dimensions: ['batch', ''] }],
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [-1] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
      ],
      unserved: [{ name: 'map', reason: 'a sequence of maps', cure: 'convert with zipmap=False' }],
    },
    task: 'classification',
    labels: { probabilities: ['setosa', 'versicolor', 'virginica'] },
    preprocess: [{ step: 'image', width: 8, height: 8 }],
    golden: [
      {
        inputs: [{ name: 'X', datatype: 'FP32', shape: [1, 1], raw: 'AACAPw==' }],
        outputs: [{ name: 'label', datatype: 'BYTES', shape: [1], data: ['setosa'] }],
      },
    ],
    metrics: { accuracy: 0.97 },
    baseline: {
      path: 'baseline.csv',
      profile: {
        key: `baselines/iris/${'cd'.repeat(32)}.profile`,
        sha256: 'cd'.repeat(32),
        size: 70_000,
        rows: 120,
        bad: 1,
        unlabelled: 2,
        columns: { features: ['sepal_length', 'sepal_width'] },
        label: 'species',
        hidden: 'relu_1',
        sampled: { shards: 3, of: 9 },
      },
    },
    provenance: { trainer: 'scikit-learn' },
    serving: { threads: 2, exact: true, maxQueue: 16, maxConcurrency: 4, deadlineMs: 1500 },
  };
}

/** The fewest fields that make a manifest. */
export function smallManifest(): Manifest {
  const { format, name, version, createdAt, graph, files, signature, provenance } = wholeManifest();
  return { format, name, version, createdAt, graph, files, signature, provenance };
}
