/* oxlint-disable unicorn/no-thenable -- `then` is a word of the configuration */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import type { ReleaseOptions } from '#core/release/options.ts';
import { type Synthesised, synthesise } from './synthesise.ts';

/** What a model says that is released. */
const GATED: Required<Pick<ReleaseOptions, 'evaluation' | 'gates' | 'canary'>> = {
  evaluation: { data: 's3://our-lake/digits/heldout.csv', label: 'digit' },
  gates: [{ gate: 'atLeast', metric: 'accuracy', value: 0.9 }],
  canary: [{ weight: 10, bake: '10m' }],
};

/** Configurations that together make every kind of resource, each with one difference worth a name. */
export const VARIANTS = {
  /** What a new user gets. */
  image: { models: { digits: {} } },
  zip: { models: { digits: { packaging: 'zip' } } },
  rest: {
    models: { digits: { packaging: 'zip' } },
    stages: {
      dev: {
        api: {
          type: 'rest',
          apiKeys: { monthlyQuota: 1000 },
          webAcl: 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/acl/0a1b2c3d-1111-2222-3333-444455556666',
        },
      },
    },
  },
  restOpen: {
    models: { digits: { packaging: 'zip' } },
    stages: { dev: { api: { type: 'rest', auth: 'none', cors: { origins: ['https://app.example.com'] } } } },
  },
  kms: {
    models: { digits: { packaging: 'zip' } },
    stages: { dev: { encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666' } },
  },
  batch: {
    models: {
      digits: { packaging: 'zip', batch: { schedule: { rate: 'rate(1 day)', input: 's3://our-lake/digits/' } } },
    },
    stages: { dev: { batch: { buckets: ['our-lake'], concurrency: 5, storage: 2048 } } },
  },
  batchKms: {
    models: { digits: { packaging: 'zip', batch: { id: 'row' } } },
    stages: { dev: { encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666' } },
  },
  release: {
    models: {
      digits: {
        packaging: 'zip',
        ...GATED,
        gates: [...GATED.gates, { gate: 'custom', run: 'arn:aws:lambda:eu-west-1:111122223333:function:our-gate' }],
        autoRelease: true,
        feedback: true,
        watch: { accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'rollback' } },
      },
    },
    stages: { dev: { releases: { buckets: ['our-lake'], memory: 3538, storage: 2048 } } },
  },
  releaseKms: {
    models: { digits: { packaging: 'zip', ...GATED, feedback: true } },
    stages: { dev: { encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666' } },
  },
  /** On GPUs, spot, in a network of its own; images of sources; started by everything that starts trainings. */
  training: {
    models: {
      digits: {
        packaging: 'zip',
        ...GATED,
        evaluation: { data: 's3://our-lake/digits/heldout.csv', label: 'digit' },
        feedback: true,
        watch: { accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'notify' } },
        training: {
          source: 'trainers/optimize',
          channels: { train: 's3://our-lake/digits/train/', more: 'training/in/digits/', here: 'train.csv' },
          resources: { gpus: 1, cpus: 2, memory: 12_000, sharedMemory: 4096 },
          release: true,
          optimize: { prefer: 'latency' },
          tuning: {
            parameters: { rate: { from: 0.001, to: 0.1, scale: 'log' } },
            objective: { metric: 'accuracy' },
          },
          starts: { schedule: 'rate(7 days)', data: 'training/in/digits/' },
        },
      },
    },
    stages: { dev: { releases: { buckets: ['our-lake'] }, training: { buckets: ['our-lake'] } } },
  },
  /** On CPUs, on demand, without the internet; any image. */
  trainingPrivate: {
    models: {
      digits: {
        packaging: 'zip',
        training: { image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/our/trainer:3', timeLimit: '2h' },
      },
    },
    stages: {
      dev: {
        encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666',
        training: { network: 'private', spot: false, instanceTypes: ['m7i', 'c7i.4xlarge'], volume: 500, maxCpus: 128 },
      },
    },
  },
  /** On several machines at once, with GPUs and without. */
  trainingNodes: {
    models: {
      digits: { packaging: 'zip', training: { image: 'our/trainer:3', resources: { gpus: 4 }, instances: 2 } },
      letters: { packaging: 'zip', training: { image: 'our/trainer:3', instances: 4 } },
    },
    stages: { dev: { training: { maxCpus: 128 } } },
  },
  /** Where a network is. */
  trainingHere: {
    models: { digits: { packaging: 'zip', training: { image: 'our/trainer@sha256:00' } } },
    stages: {
      dev: { training: { network: { vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'] } } },
    },
  },
  /** All that is watched and done about it; captured with what is sensitive, and of whom. */
  watch: {
    models: {
      digits: {
        packaging: 'zip',
        ...GATED,
        feedback: true,
        capture: { percent: 10, sensitive: { writer: 'hash' }, subject: 'x-customer' },
        watch: {
          accuracy: { below: 0.9, window: '1h', minimum: 200, then: 'rollback' },
          drift: { then: 'retrain' },
          slices: ['writer'],
        },
        training: { image: 'our/trainer:3' },
      },
    },
    stages: { dev: { releases: { buckets: ['our-lake'] }, training: {} } },
  },
  /** Another metric; nothing is done but telling. */
  watchKms: {
    models: {
      digits: {
        packaging: 'zip',
        feedback: true,
        capture: true,
        alarms: false,
        watch: { quality: { metric: 'f1_macro', below: 0.8, window: '6h', minimum: 100, then: 'notify' } },
      },
    },
    stages: { dev: { encryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666' } },
  },
  snapStart: { models: { digits: { snapStart: true } } },
  provisioned: { models: { digits: { provisionedConcurrency: 2, reservedConcurrency: 10 } } },
  /** Two models and everything that can be asked for together. */
  full: {
    models: {
      digits: {
        reservedConcurrency: 10,
        tracing: true,
        batch: {},
        ...GATED,
        feedback: { expires: '30d' },
        watch: { accuracy: { below: 0.8, window: '1d', minimum: 50, then: 'notify' }, drift: { then: 'notify' } },
        alarms: { p50: 20, p90: 50, p99: 200, errorRate: 0.5, coldStarts: 10, concurrency: 90 },
      },
      'iris.small': { packaging: 'zip', architecture: 'x86_64', auth: 'none' },
      quiet: { packaging: 'zip', auth: 'jwt', alarms: false, batch: {}, training: { image: 'our/trainer:3' } },
    },
    stages: {
      dev: {
        notify: ['somebody@example.com'],
        training: {},
        dashboard: true,
        tags: { team: 'vision' },
        api: {
          jwt: { issuer: 'https://id.example.com', audience: ['models'] },
          cors: { origins: ['https://app.example.com'] },
          domain: {
            name: 'models.example.com',
            certificate: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-2222-3333-444455556666',
          },
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, Config>>;

export interface Variant extends Synthesised {
  readonly name: string;
  readonly config: Config;
}

/** All of them, as stacks and templates. */
export function synthesiseVariants(): Variant[] {
  const all = Object.entries<Config>(VARIANTS).map(([name, config]) => ({ name, config, ...synthesise(config) }));
  return [...all, { name: 'baked', config: VARIANTS.image, ...synthesiseBaked() }];
}

/** With a model in the image, of a store that has as much of one as packaging looks at. */
function synthesiseBaked(): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'onnward-baked-'));
  try {
    mkdirSync(join(folder, 'models', 'digits'), { recursive: true });
    writeFileSync(join(folder, 'models', 'digits', 'placeholder'), '');
    return synthesise(VARIANTS.image, { baked: { digits: { folder, version: 1 } } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
