import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, type Outcome, run } from './child.ts';
import { ACCOUNT, type EmulatedAws, REGION } from './emulated-aws.ts';
import { CDK } from './programs.ts';

/** What a stack of each name tells the world. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface CdkOptions {
  /** What `cdk` runs, such as `node bin/app.ts`, or a folder that is synthesised already. */
  readonly app: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Where the app and `cdk` run. @default - the repository */
  readonly cwd?: string;
  /** More for the app. @default - only what leads it to the emulator */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds for each command. @default 120_000 */
  readonly timeout?: number;
}

/** The CDK's own command line, as anybody runs it, against the emulated AWS. */
export class Cdk {
  readonly #aws: EmulatedAws;
  readonly #options: CdkOptions;

  constructor(aws: EmulatedAws, options: CdkOptions) {
    this.#aws = aws;
    this.#options = options;
  }

  async bootstrap(): Promise<void> {
    // Without the app: what it needs is the same for all.
    const { env } = this.#child();
    await run([CDK, 'bootstrap', `aws://${ACCOUNT}/${REGION}`], { env, cwd: this.#aws.folder });
  }

  /** Deploys every stack, and gives their outputs. */
  async deploy(...more: string[]): Promise<Outputs> {
    const file = join(this.#aws.folder, 'outputs.json');
    await run([CDK, ...this.#deploy(), '--outputs-file', file, ...more], this.#child());
    return JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  }

  /** A deployment that is expected to fail. */
  async tryDeploy(...more: string[]): Promise<Outcome> {
    return attempt([CDK, ...this.#deploy(), ...more], this.#child());
  }

  async destroy(...more: string[]): Promise<void> {
    await run([CDK, 'destroy', '--all', '--force', ...this.#common(), ...more], this.#child());
  }

  #deploy(): string[] {
    return ['deploy', '--all', '--require-approval', 'never', '--ci', ...this.#common()];
  }

  #common(): string[] {
    const context = Object.entries(this.#options.context ?? {}).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    return ['--app', this.#options.app, '--output', join(this.#aws.folder, 'cdk.out'), ...context];
  }

  #child() {
    const { cwd, env, timeout } = this.#options;
    const environment = { ...this.#aws.environment, CDK_VALIDATION: 'false', ...env };
    return { env: environment, ...(cwd !== undefined && { cwd }), ...(timeout !== undefined && { timeout }) };
  }
}
