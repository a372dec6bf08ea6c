import { createHash } from 'node:crypto';
import type { SourceFile, VersionDraft } from '#core/registry/versions.ts';

/** A file of an artifact, in memory. */
export function source(path: string, content: string | Uint8Array): SourceFile {
  const bytes = Buffer.from(content);
  return {
    path,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *open() {
      for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
    },
  };
}

/** A draft that the registry takes. No test of the registry opens the graph, so its bytes may be any. */
export function draft(content = 'graph', more: Partial<VersionDraft> = {}): VersionDraft {
  return {
    format: 1,
    graph: 'model.onnx',
    signature: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
      unserved: [],
    },
    provenance: { source: 'test' },
    sources: [source('model.onnx', content), source('weights/part.bin', `${content} weights`)],
    ...more,
  };
}
