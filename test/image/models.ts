import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
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
