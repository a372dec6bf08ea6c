import { defineConfig } from 'vitest/config';

/** A lane is a project of its own: `unit` needs Node alone, the others need servers or clients that `.ci/run` installs. */
const lane = (name: string, include: string[], timeoutSeconds: number, isolate = true) => ({
  test: {
    name,
    isolate,
    include,
    testTimeout: timeoutSeconds * 1000,
    hookTimeout: timeoutSeconds * 1000,
    // Template validation costs a second for each CDK test; `.ci/run` synthesises once with it on.
    env: { CDK_VALIDATION: 'false' },
  },
});

export default defineConfig({
  test: {
    projects: [
      lane('unit', ['test/{adapters,bin,functions,packaging,repository,serving}/**/*.test.ts'], 30),
      // Nothing in them outlives its test, so that files share what is imported: half the time.
      lane('pure', ['test/{core,config,constructs,stacks}/**/*.test.ts'], 30, false),
      lane('batch', ['test/batch/**/*.test.ts'], 300),
      lane('docs', ['test/docs/**/*.test.ts'], 300),
      lane('s3', ['test/s3/**/*.test.ts'], 300),
      lane('clients', ['test/clients/**/*.test.ts'], 300),
      lane('cloud', ['test/cloud/**/*.test.ts'], 300),
      lane('evaluation', ['test/{evaluation,explanation}/**/*.test.ts'], 300),
      lane('release', ['test/release-load/**/*.test.ts', 'test/release/**/*.test.ts'], 300),
      lane('monitoring', ['test/monitoring/**/*.test.ts'], 300),
      lane('training', ['test/training/**/*.test.ts', 'test/training-tune/**/*.test.ts'], 300),
      lane(
        'trainers',
        [
          'test/trainers/*.test.ts',
          'test/trainers/{tabular,optimize}/**/*.test.ts',
          'test/training-optimize/**/*.test.ts',
        ],
        300,
      ),
      // Gigabytes of packages: .ci/full.
      lane('trainers-heavy', ['test/trainers/{keras,pytorch}/**/*.test.ts'], 600),
      lane('image', ['test/image/**/*.test.ts'], 300),
    ],
  },
});
