import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEngine } from '#adapters/onnx/engine.ts';
import { integer, message, model, text } from '../core/model/onnx-proto.ts';
import { newFolder } from '../support/folders.ts';
import { newRegistry, registerFixture } from '../support/registry.ts';
import { fixture } from '../support/models.ts';

/** Folder of a store in which `echo` has two versions, the first of them live; any user may read it. */
export async function echoStore() {
  const { registry, store, folder } = await newRegistry();
  await registerFixture(registry, 'echo', 'identity_fp32');
  await registerFixture(registry, 'echo', 'identity_fp32');
  await registry.setAlias('echo', 'live', 1);
  chmodSync(folder, 0o755);
  return { registry, store, folder: store.url.slice('file:'.length) };
}

/** A folder with one model as `model.onnx`, as SageMaker unpacks an archive; any user may read it. */
export function modelFolder(name = 'identity_fp32'): string {
  const folder = newFolder();
  chmodSync(folder, 0o755);
  const { folder: from, graph } = fixture(name);
  copyFileSync(join(from, graph), join(folder, 'model.onnx'));
  return folder;
}

const typed = (elementType: number) =>
  message(2, message(1, integer(1, elementType), message(2, message(1, text(2, 'n')))));

/** A graph that makes as many zeros as its input says: memory at will, for a request of a few bytes. */
const ZEROS = model(
  message(1, text(1, 'count'), text(2, 'zeros'), text(4, 'ConstantOfShape')),
  text(2, 'zeros'),
  message(11, text(1, 'count'), typed(7)),
  message(12, text(1, 'zeros'), typed(1)),
);

/** Asks `ZEROS` for so many of four bytes each. */
export const zeros = (count: number) => ({
  inputs: [{ name: 'count', datatype: 'INT64', shape: [1], data: [count] }],
  outputs: [{ name: 'zeros', parameters: { classification: 1 } }],
});

/** Folder of a store whose one model, `zeros`, takes the memory that a request asks it for. */
export async function zerosStore(): Promise<string> {
  const { registry, store, folder } = await newRegistry();
  const path = join(folder, 'zeros.onnx');
  writeFileSync(path, ZEROS);
  const opened = await createEngine({ workers: 0 }).load({ folder, graph: 'zeros.onnx', files: [] });
  const sha256 = createHash('sha256').update(ZEROS).digest('hex');
  await registry.register('zeros', {
    format: 1,
    graph: 'zeros.onnx',
    signature: structuredClone(opened.signature) as never,
    provenance: {},
    sources: [{ path: 'zeros.onnx', size: ZEROS.length, sha256, open: () => createReadStream(path) }],
  });
  await opened.close();
  await registry.setAlias('zeros', 'live', 1);
  chmodSync(folder, 0o755);
  return store.url.slice('file:'.length);
}

/** An infer request that echoes two numbers. */
export const request = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };

/** What answers it. */
export const answer = { outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [1.5, -2] }] };

/** The environment of a model that never loads: no host has an address of this network (RFC 5737). */
export const UNREACHABLE = {
  ONNWARD_STORE: 's3://bucket',
  ONNWARD_MODEL: 'echo',
  ONNWARD_VERSION: '1',
  AWS_ENDPOINT_URL_S3: 'http://192.0.2.1:9',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};
