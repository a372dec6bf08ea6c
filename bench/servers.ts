import { join } from 'node:path';
import { modelPath, PEERS, programs } from './cache.ts';
import type { Encoding, ModelName } from './cases.ts';
import { onnward } from './onnward.ts';
import { freePort, type Launch } from './process.ts';

export interface Assignment {
  readonly model: ModelName;
  readonly port: number;
  /** Compute threads in all: worker processes of one thread each, or whatever the server does its work in. */
  readonly workers: number;
}

/** One row of the comparison: how a server is started, one model a process. */
export interface Server {
  readonly name: string;
  /** How it is named in tables. */
  readonly title: string;
  /** Its Python environment, `peers/<environment>.txt`. @default - needs none */
  readonly environment?: string;
  readonly encodings: readonly Encoding[];
  launch(assignment: Assignment): Launch | Promise<Launch>;
}

export const SERVERS: readonly Server[] = [
  { name: 'onnward', title: 'Onnward', encodings: ['json', 'binary'], launch: onnward },
  {
    name: 'fastapi',
    title: 'FastAPI, tuned',
    environment: 'fastapi',
    encodings: ['json', 'binary'],
    launch: (to) => uvicorn('fastapi_tuned:app', to, ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log']),
  },
  {
    name: 'pydantic',
    title: 'FastAPI, as people write it',
    environment: 'fastapi',
    encodings: ['json'],
    launch: (to) => uvicorn('fastapi_pydantic:app', to),
  },
  {
    name: 'mlserver',
    title: 'MLServer',
    environment: 'mlserver',
    encodings: ['json'],
    launch: async (to) => ({
      program: join(programs('mlserver'), 'mlserver'),
      args: ['start', join(PEERS, 'mlserver_settings')],
      env: {
        ...environmentOf(to),
        MLSERVER_HTTP_PORT: String(to.port),
        MLSERVER_GRPC_PORT: String(await freePort()),
        MLSERVER_MODEL_NAME: to.model,
        MLSERVER_MODEL_IMPLEMENTATION: 'mlserver_runtime.Onnx',
      },
    }),
  },
  {
    name: 'kserve',
    title: 'KServe',
    environment: 'kserve',
    encodings: ['json', 'binary'],
    launch: (to) => python('kserve', to, [join(PEERS, 'kserve_server.py')]),
  },
  {
    name: 'litserve',
    title: 'LitServe',
    environment: 'litserve',
    encodings: ['json'],
    launch: (to) => python('litserve', to, [join(PEERS, 'litserve_server.py')]),
  },
  {
    name: 'bentoml',
    title: 'BentoML',
    environment: 'bentoml',
    encodings: ['json'],
    launch: (to) => ({
      program: join(programs('bentoml'), 'bentoml'),
      args: [
        'serve',
        'bentoml_service:Onnx',
        '--working-dir',
        PEERS,
        '--port',
        String(to.port),
        '--host',
        '127.0.0.1',
        '-q',
      ],
      env: environmentOf(to),
    }),
  },
];

const python = (environment: string, to: Assignment, args: readonly string[]): Launch => ({
  program: join(programs(environment), 'python'),
  args,
  env: environmentOf(to),
});

function uvicorn(app: string, to: Assignment, args: readonly string[] = []): Launch {
  const where = `--host 127.0.0.1 --port ${to.port} --workers ${to.workers} --log-level warning`.split(' ');
  return python('fastapi', to, ['-m', 'uvicorn', app, ...where, ...args]);
}

const environmentOf = ({ model, port, workers }: Assignment): Record<string, string> => ({
  PYTHONPATH: PEERS,
  BENCH_MODEL: modelPath(model),
  BENCH_NAME: model,
  BENCH_PORT: String(port),
  BENCH_WORKERS: String(workers),
  BENTOML_DO_NOT_TRACK: 'True',
  OMP_NUM_THREADS: '1',
});

export const inferPath = (model: ModelName): string => `/v2/models/${model}/infer`;
