import { join } from 'node:path';
import { stageInference } from '#packaging/inference.ts';
import { CACHE, modelPath } from '../cache.ts';
import type { ModelName } from '../cases.ts';

export const CONTENDERS = ['onnward', 'python'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** Where the model is: in S3, or with the function's code. */
export const ORIGINS = ['s3', 'baked'] as const;
export type Origin = (typeof ORIGINS)[number];

/** One function, to be started. */
export interface Subject {
  readonly contender: Contender;
  readonly origin: Origin;
  readonly model: ModelName;
}

/** What a function's process is. */
export interface FunctionProcess {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where the benchmark has put the models. */
export interface Stores {
  readonly s3: { readonly bucket: string; readonly environment: Readonly<Record<string, string>> };
  /** The folder of a `file:` store. */
  readonly folder: string;
}

const TOOLS = join(CACHE, 'bench-lambda');

/** MB at which Lambda gives one whole CPU, which is what a function has here. */
const MEMORY = '1769';

/** What Lambda tells every function. */
const LAMBDA = {
  AWS_LAMBDA_FUNCTION_NAME: 'function',
  AWS_LAMBDA_FUNCTION_VERSION: '1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: MEMORY,
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/function',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[1]0',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
};

/** The function, its runtime's own client before it, as Lambda starts it. */
export const processOf = (subject: Subject, stores: Stores): FunctionProcess =>
  subject.contender === 'onnward' ? onnward(subject, stores) : python(subject, stores);

function onnward({ origin, model }: Subject, { s3, folder }: Stores): FunctionProcess {
  const code = stageInference({ architecture: 'x86_64', packaging: 'zip' }).folder;
  const store = origin === 's3' ? `s3://${s3.bucket}` : `file:${folder}`;
  return {
    program: process.execPath,
    args: [join(TOOLS, 'ric', 'index.mjs'), 'handler.handler'],
    folder: code,
    env: {
      ...LAMBDA,
      ...(origin === 's3' && s3.environment),
      _HANDLER: 'handler.handler',
      LAMBDA_TASK_ROOT: code,
      POWERTOOLS_SERVICE_NAME: 'onnward-bench',
      ONNWARD_STORE: store,
      ONNWARD_MODEL: model,
      ONNWARD_VERSION: '1',
    },
  };
}

function python({ origin, model }: Subject, { s3 }: Stores): FunctionProcess {
  const env =
    origin === 's3'
      ? { ...s3.environment, MODEL_BUCKET: s3.bucket, MODEL_KEY: `models/${model}/versions/1/${model}.onnx` }
      : { MODEL_KEY: modelPath(model) };
  return {
    program: join(TOOLS, 'python', 'bin', 'python'),
    args: ['-m', 'awslambdaric', 'function.handler'],
    folder: import.meta.dirname,
    env: { ...LAMBDA, ...env, _HANDLER: 'function.handler', LAMBDA_TASK_ROOT: import.meta.dirname },
  };
}

/** The request, as an HTTP API passes it on. */
export function eventOf(model: ModelName, body: Buffer): string {
  const path = `/v2/models/${model}/infer`;
  return JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'content-length': `${body.length}`, host: 'api.example.com' },
    requestContext: { http: { method: 'POST', path, protocol: 'HTTP/1.1' }, stage: '$default' },
    body: body.toString(),
    isBase64Encoded: false,
  });
}
