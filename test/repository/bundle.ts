import { build, type OutputFile } from 'esbuild';
import { root } from './sources.ts';

export interface Bundle {
  readonly text: string;
  readonly bytes: number;
  /** What went into it, by path from the root. */
  readonly inputs: readonly string[];
}

/** A handler as it is deployed: one minified ES module; onnxruntime-node stands beside it. */
export async function bundle(entryPoint: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
  });
  const file = outputFiles[0] as OutputFile;
  return { text: file.text, bytes: file.contents.byteLength, inputs: Object.keys(metafile.inputs) };
}
